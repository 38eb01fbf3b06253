"""Queues as many signals for itself as its user may have waiting."""
# expects: timeout
# prints: "queueing\n"
import ctypes
import os
import signal
import time


class Value(ctypes.Union):
    _fields_ = [("number", ctypes.c_int), ("pointer", ctypes.c_void_p)]


def main():
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    print("queueing")
    queue = ctypes.CDLL(None).sigqueue
    queue.argtypes = [ctypes.c_int, ctypes.c_int, Value]
    while queue(os.getpid(), 40, Value(1)) == 0:
        pass
    while True:
        time.sleep(1)
