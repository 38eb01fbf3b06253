"""Sleeps for ever."""
# expects: timeout
# prints: "good night\n"
import time


def main():
    print("good night")
    while True:
        time.sleep(1)
