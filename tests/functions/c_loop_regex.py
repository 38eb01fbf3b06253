"""Backtracks for ever in a regular expression, in C."""
# expects: timeout
# prints: "matching\n"
import re


def main():
    print("matching")
    return bool(re.match(r"(a|aa)+$", "a" * 200 + "b"))
