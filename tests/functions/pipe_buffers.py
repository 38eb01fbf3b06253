"""Fills pipes that it has made large: memory of the kernel's."""
# expects: timeout
# prints: "filling\n"
import fcntl
import os
import time


def fill():
    kept = []
    try:
        while True:
            reader, writer = os.pipe()
            kept.append((reader, writer))
            for size in (1 << 20, 1 << 16):
                try:
                    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, size)
                    break
                except OSError:
                    pass
            os.set_blocking(writer, False)
            os.write(writer, b"x" * (1 << 20))
    except OSError:
        time.sleep(60)


def main():
    print("filling")
    for _ in range(16):
        if os.fork() == 0:
            fill()
    fill()
