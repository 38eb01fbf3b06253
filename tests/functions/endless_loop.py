"""Runs for ever. Its last line must be in the logs."""
# expects: timeout
# detail: limit of 1000 ms
# prints: "about to loop\n"


def main():
    print("about to loop")
    while True:
        pass
