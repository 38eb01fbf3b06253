"""Raises an error that is never done telling what it is about."""
# expects: timeout
# prints: "raising\n"


class Endless(Exception):
    def __str__(self):
        while True:
            pass


def main():
    print("raising")
    raise Endless
