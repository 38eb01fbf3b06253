"""Uses more CPU time than it may in grandchildren that have lost their parent and do not wait for each other."""
# expects: timeout
# detail: CPU
# limits: {"timeout_ms": 5000, "cpu_ms": 300}
# within_ms: 2000
import os
import time


def main():
    while True:
        if os.fork() == 0:
            if os.fork() != 0:
                os._exit(0)
            end = time.process_time() + 0.03
            while time.process_time() < end:
                pass
            os._exit(0)
        os.wait()
        time.sleep(0.02)
