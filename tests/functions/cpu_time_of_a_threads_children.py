"""Uses more CPU time than it may in processes that a thread forks: they are told of apart from those of the main thread."""
# expects: timeout
# detail: CPU
# limits: {"timeout_ms": 5000, "cpu_ms": 300}
# within_ms: 2000
import os
import threading
import time


def fork_and_stay():
    for _ in range(4):
        if os.fork() == 0:
            while True:
                pass
    time.sleep(60)


def main():
    threading.Thread(target=fork_and_stay, daemon=True).start()
    time.sleep(4)
    return "had 8 s of CPU time"
