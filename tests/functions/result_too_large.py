"""Returns 30 MB."""
# expects: bad_result
# detail: the limit is 6291456


def main():
    return "x" * 30_000_000
