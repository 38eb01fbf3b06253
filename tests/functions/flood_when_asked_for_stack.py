"""Answers the signal that asks for its stack by printing for ever."""
# expects: timeout
# prints: "waiting to be asked\n"
import os
import signal
import time


def flood(number, frame):
    while True:
        os.write(2, b'  File "function.py", line 1 in forged\n' * 100)


def main():
    signal.signal(64, flood)
    print("waiting to be asked")
    while True:
        time.sleep(1)
