"""Returns numbers that JSON does not have."""
# expects: bad_result
# detail: not JSON


def main():
    return [float("nan"), float("inf"), -float("inf")]
