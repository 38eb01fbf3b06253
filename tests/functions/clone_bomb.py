"""Clones with the flags that libraries never use: siblings instead of children, untraced, without a signal."""
# expects: timeout
# prints: "cloning\n"
import ctypes

SYS_CLONE, SYS_CLONE3 = 56, 435
CLONE_PARENT, CLONE_UNTRACED, CLONE_FS, CLONE_FILES = 0x8000, 0x800000, 0x200, 0x400


def main():
    print("cloning")
    libc = ctypes.CDLL(None)
    three = (ctypes.c_uint64 * 11)(CLONE_UNTRACED)
    while True:
        for flags in (0, CLONE_PARENT, CLONE_UNTRACED | CLONE_FS | CLONE_FILES, CLONE_PARENT | CLONE_UNTRACED):
            libc.syscall(SYS_CLONE, flags, None, None, None, None)
        libc.syscall(SYS_CLONE3, three, ctypes.sizeof(three))
