"""Has an expression of 200,000 levels compiled."""
# expects: error|out_of_memory|crashed


def main():
    return eval("-" * 200_000 + "1")
