"""Replaces its streams by ones that are never done."""
# expects: timeout|ok
import sys


class Endless:
    def write(self, text):
        while True:
            pass

    flush = write


def main():
    sys.stdout = sys.stderr = Endless()
    return 1
