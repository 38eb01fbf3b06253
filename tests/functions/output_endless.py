"""Prints for ever."""
# expects: timeout
# prints: "0123456789\n" * 200_000


def main():
    while True:
        print("0123456789")
