"""Recurses for ever, with Python's own limit out of the way."""
# expects: error|out_of_memory|crashed|timeout
# prints: "falling\n"
import sys


def fall():
    fall()


def main():
    print("falling")
    sys.setrecursionlimit(10**9)
    fall()
