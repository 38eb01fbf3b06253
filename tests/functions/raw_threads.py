"""Starts threads with tiny stacks, which address space does not stop."""
# expects: timeout
# prints: "starting\n"
import threading
import time


def main():
    print("starting")
    threading.stack_size(32768)
    while True:
        try:
            threading.Thread(target=time.sleep, args=(60,)).start()
        except (RuntimeError, MemoryError):
            time.sleep(0.001)
