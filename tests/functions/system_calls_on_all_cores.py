"""Many processes make system calls for ever: files, mappings, and the locks behind them."""
# expects: timeout
# prints: "calling\n"
import mmap
import os


def main():
    print("calling")
    for _ in range(4):
        os.fork()
    path = f"/tmp/{os.getpid()}"
    while True:
        descriptor = os.open(path, os.O_CREAT | os.O_RDWR)
        os.ftruncate(descriptor, 1 << 20)
        mapping = mmap.mmap(descriptor, 1 << 20)
        mapping[::4096] = b"x" * 256
        mapping.close()
        os.close(descriptor)
        os.rename(path, path + ".renamed")
        os.unlink(path + ".renamed")
