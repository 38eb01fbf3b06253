"""Takes all memory, and goes on when it is refused more."""
# expects: timeout|out_of_memory
# limits: {"memory_mb": 128}
# prints: "taking\n"


def main():
    print("taking")
    while True:
        try:
            kept = []
            while True:
                kept.append(bytearray(1 << 20))
        except MemoryError:
            pass
