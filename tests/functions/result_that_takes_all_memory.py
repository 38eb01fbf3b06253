"""Returns a value that is small in memory and does not fit there as JSON."""
# expects: out_of_memory|bad_result|timeout
# limits: {"memory_mb": 64}


def main():
    return [["x" * 1000] * 1000] * 1000
