"""Aborts with half a gigabyte of memory in use."""
# expects: crashed
# detail: signal
# limits: {"memory_mb": 800, "timeout_ms": 5000}
# prints: "aborting\n"
import os


def main():
    kept = bytearray(b"x") * 500_000_000
    print("aborting")
    os.abort()
    return len(kept)
