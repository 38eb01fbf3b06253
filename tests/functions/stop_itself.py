"""Stops itself. In a process namespace of its own it cannot, and loops instead."""
# expects: timeout
# prints: "stopping\n"
import os
import signal


def main():
    print("stopping")
    while True:
        os.kill(os.getpid(), signal.SIGSTOP)
