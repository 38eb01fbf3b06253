"""Prints 100 MB as one line."""
# expects: ok
# limits: {"timeout_ms": 5000}
# prints: "x" * 100_000_000
import sys


def main():
    for _ in range(100):
        sys.stdout.write("x" * 1_000_000)
