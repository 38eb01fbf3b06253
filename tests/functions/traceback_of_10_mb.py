"""Raises an error with a text of 10 MB and control characters."""
# expects: error
# detail: ^ValueError: forged-line


def main():
    raise ValueError("forged-line\x1b[2J" + "z" * 10_000_000)
