"""Ends its process without a word to the interpreter."""
# expects: exited
# detail: exit code 3
# prints: "leaving\n"
import os


def main():
    print("leaving")
    os._exit(3)
