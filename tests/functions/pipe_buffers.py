"""Fills pipes, which it must not be able to make large: memory of the kernel's."""
# expects: timeout
# prints: "filling\n"
import ctypes
import fcntl
import os
import time

libc = ctypes.CDLL(None)


def enlarge(pipe):
    """Also by what a filter may take for another number: the kernel looks at 32 bits of it."""
    commands = (fcntl.F_SETPIPE_SZ, fcntl.F_SETPIPE_SZ | 1 << 32)
    return any(libc.syscall(72, pipe, ctypes.c_long(command), 1 << 20) > 0 for command in commands)


def fill():
    kept = []
    try:
        while True:
            reader, writer = os.pipe()
            kept.append((reader, writer))
            enlarge(writer)
            os.set_blocking(writer, False)
            os.write(writer, b"x" * (1 << 20))
    except OSError:
        time.sleep(60)


def main():
    if enlarge(os.pipe()[1]):
        raise AssertionError("pipes can be made larger")
    print("filling")
    for _ in range(16):
        if os.fork() == 0:
            fill()
    fill()
