"""Waits for itself: a lock, in every one of its threads."""
# expects: timeout
# prints: "locked\n"
import threading


def main():
    lock = threading.Lock()
    lock.acquire()
    for _ in range(8):
        threading.Thread(target=lock.acquire).start()
    print("locked")
    lock.acquire()
