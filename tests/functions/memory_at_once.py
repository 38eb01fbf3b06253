"""Asks for a terabyte."""
# expects: out_of_memory
# detail: MemoryError


def main():
    return len(bytearray(1 << 40))
