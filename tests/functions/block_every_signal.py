"""Blocks every signal and sleeps."""
# expects: timeout
# prints: "asleep\n"
import signal
import time


def main():
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    print("asleep")
    while True:
        time.sleep(3600)
