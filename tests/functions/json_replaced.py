"""Replaces the encoder of whoever called it by one that writes what is not JSON."""
# expects: bad_result
# detail: not JSON for everyone
import sys


def main():
    sys._getframe(1).f_globals["_encode"] = lambda value: '{"a": NaN, "a"'
    return 1
