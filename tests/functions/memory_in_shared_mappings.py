"""Children fill shared mappings of their own. Together they must not get a gigabyte with a limit of 128 MiB."""
# expects: error|out_of_memory|timeout
# limits: {"memory_mb": 128}
import mmap
import os
import time


def fill(size):
    mapping = mmap.mmap(-1, size)
    while mapping.tell() < size:
        mapping.write(b"x" * (1 << 20))
    return mapping


def main():
    size, told, children = 64 << 20, os.pipe(), 16
    for _ in range(children):
        if os.fork() == 0:
            mapping = fill(size)
            os.write(told[1], b"x")
            time.sleep(60)
            mapping.close()
    had = 0
    while had < children:
        had += len(os.read(told[0], children))
    return "had 1 GiB"
