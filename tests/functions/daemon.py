"""Returns at once, and leaves a grandchild of a session of its own that holds its output and sleeps."""
# expects: ok
# within_ms: 300
import os
import time


def main():
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            time.sleep(60)
        os._exit(0)
    os.wait()
    return "left it behind"
