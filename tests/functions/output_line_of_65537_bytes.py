"""Prints one line that is a byte longer than 64 KiB."""
# expects: ok
# prints: "y" * 65536 + "\n"


def main():
    print("y" * 65536)
