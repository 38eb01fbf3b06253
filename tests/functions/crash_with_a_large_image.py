"""Crashes with a gigabyte of memory in use, which must not be written anywhere."""
# expects: crashed
# detail: SIGSEGV
# limits: {"memory_mb": 1200, "timeout_ms": 5000}
# prints: "crashing\n"
import ctypes


def main():
    kept = bytearray(b"x") * 1_000_000_000
    print("crashing")
    ctypes.string_at(0)
    return len(kept)
