"""Crashes in one of its threads, with handlers of its own for that."""
# expects: crashed|timeout
import ctypes
import signal
import threading
import time


def main():
    signal.signal(signal.SIGSEGV, lambda number, frame: None)
    threading.Thread(target=ctypes.string_at, args=(0,)).start()
    time.sleep(60)
