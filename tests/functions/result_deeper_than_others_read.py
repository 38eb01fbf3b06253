"""Returns a list 900 deep, which Python writes and others do not read."""
# expects: bad_result
# detail: not JSON for everyone


def main():
    value = []
    for _ in range(900):
        value = [value]
    return value
