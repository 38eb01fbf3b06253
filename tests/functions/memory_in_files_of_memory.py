"""Fills memfds, which no address space counts. It must not get a gigabyte with a limit of 128 MiB."""
# expects: error|out_of_memory|timeout
# limits: {"memory_mb": 128, "file_mb": 64}
import os


def main():
    kept, mib = [], b"x" * (1 << 20)
    for _ in range(32):
        kept.append(os.memfd_create("m"))
        for _ in range(32):
            os.write(kept[-1], mib)
    return "had 1 GiB"
