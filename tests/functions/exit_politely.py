"""Leaves through sys.exit(), which is no result."""
# expects: exited
# detail: exit code 4
# prints: "leaving\n"
import sys


def main():
    print("leaving")
    sys.exit(4)
