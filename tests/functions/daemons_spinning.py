"""Returns at once, and leaves grandchildren that ignore every signal and spin."""
# expects: ok
# within_ms: 500
import os
import signal


def main():
    for _ in range(20):
        if os.fork() == 0:
            os.setsid()
            for number in range(1, signal.NSIG):
                try:
                    signal.signal(number, signal.SIG_IGN)
                except (OSError, ValueError):
                    pass
            if os.fork() != 0:
                os._exit(0)
            while True:
                pass
    return "left them behind"
