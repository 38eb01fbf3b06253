"""Uses more CPU time than it may in children whose end it ignores, so that nobody hears what they used."""
# expects: timeout
# detail: CPU
# limits: {"timeout_ms": 5000, "cpu_ms": 300}
# within_ms: 2000
import os
import signal
import time


def main():
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        if os.fork() == 0:
            while time.process_time() < 0.03:
                pass
            os._exit(0)
        time.sleep(0.04)
