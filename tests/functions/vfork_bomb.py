"""Calls vfork in C: every process waits in the kernel for the child that shares its memory."""
# expects: timeout|crashed|error
# prints: "nesting\n"
import ctypes


def main():
    print("nesting")
    vfork = ctypes.CDLL(None).vfork
    while True:
        vfork()
