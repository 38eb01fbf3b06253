"""Replaces the encoder by one that writes what is not JSON."""
# expects: bad_result
# detail: not JSON for everyone
import json


def main():
    json.dumps = lambda value, **options: '{"a": NaN, "a"'
    return 1
