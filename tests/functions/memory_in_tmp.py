"""Fills /tmp, which is memory too."""
# expects: error|out_of_memory
# detail: No space left|MemoryError|too large
# prints: "filling\n"


def main():
    print("filling")
    mib = b"x" * (1 << 20)
    for number in range(32):
        with open(f"/tmp/{number}", "wb") as file:
            for _ in range(32):
                file.write(mib)
    return "had 1 GiB"
