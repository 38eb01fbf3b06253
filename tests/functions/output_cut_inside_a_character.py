"""Prints characters of three bytes, so that the cap lies inside of one."""
# expects: ok
# prints: "a" + "\u20ac" * 400_000
import sys


def main():
    sys.stdout.write("a" + "\u20ac" * 400_000)
