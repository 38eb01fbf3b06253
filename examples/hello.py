"""Greets whoever is named, on both channels."""

import sys


def main(*, name, greeting="Hello"):
    message = f"{greeting}, {name}"
    print("New message:")
    print(message, file=sys.stderr)
    return {"message": message}
