"""Computes one power for ever, in C, where no signal handler of Python's can run."""
# expects: timeout
# prints: "computing\n"


def main():
    print("computing")
    return pow(3, (1 << 400_000) - 1, (1 << 40_000) - 19)
