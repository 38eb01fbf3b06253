"""Returns a list 100,000 deep."""
# expects: bad_result
# detail: not JSON


def main():
    value = []
    for _ in range(100_000):
        value = [value]
    return value
