"""Starts threads that spin, as many as there can be."""
# expects: timeout
# prints: "spinning\n"
import threading


def spin():
    while True:
        pass


def main():
    print("spinning")
    while True:
        try:
            threading.Thread(target=spin).start()
        except (RuntimeError, MemoryError):
            pass
