"""Every process that it may have opens every file that it may have."""
# expects: timeout
# prints: "opening\n"
import os
import time


def open_all():
    kept = []
    try:
        while True:
            kept.append(os.eventfd(0))
    except OSError:
        time.sleep(60)


def main():
    print("opening")
    try:
        while True:
            if os.fork() == 0:
                open_all()
    except OSError:
        open_all()
