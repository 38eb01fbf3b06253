"""Waits for children that have stopped themselves, holding its output open."""
# expects: timeout
# prints: "waiting\n"
import os
import signal


def main():
    print("waiting")
    for _ in range(10):
        if os.fork() == 0:
            while True:
                os.kill(os.getpid(), signal.SIGSTOP)
    os.wait()
