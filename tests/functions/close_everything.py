"""Closes every descriptor, the one of its result included, and returns."""
# expects: exited|error|crashed
import os


def main():
    os.closerange(0, 4096)
    return 1
