"""Takes memory in steps until there is none."""
# expects: out_of_memory
# detail: MemoryError
# limits: {"memory_mb": 128}
# prints: "taking\n"


def main():
    print("taking")
    kept = []
    while True:
        kept.append(bytearray(1 << 20))
