"""Prints a million NULs."""
# expects: ok
# prints: b"\0" * 1_000_000
import sys


def main():
    sys.stdout.write("\0" * 1_000_000)
