"""Each of many processes takes as much as one may have, and a thread has forked them."""
# expects: error|out_of_memory|timeout
# limits: {"memory_mb": 128}
import os
import threading
import time


def fork_and_stay(told, children):
    for _ in range(children):
        if os.fork() == 0:
            kept = b"x" * (64 << 20)
            os.write(told, b"x")
            time.sleep(60)
            del kept
    time.sleep(60)


def main():
    told, children = os.pipe(), 16
    threading.Thread(target=fork_and_stay, args=(told[1], children), daemon=True).start()
    had = 0
    while had < children:
        had += len(os.read(told[0], children))
    time.sleep(0.5)
    return "had 1 GiB"
