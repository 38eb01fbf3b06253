"""Recurses in C: repr() of a list a million deep."""
# expects: error|out_of_memory|crashed|timeout
# prints: "falling\n"
import sys


def main():
    print("falling")
    sys.setrecursionlimit(10**9)
    value = []
    for _ in range(1_000_000):
        value = [value]
    return len(repr(value))
