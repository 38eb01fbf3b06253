"""Kills whatever it can: its parent, all processes, every process group."""
# expects: ok|out_of_memory|crashed
# prints: "still here\n"
import os
import signal


def main():
    print("still here")
    for target in [-1, 0, 1, os.getppid(), *range(2, 500)]:
        for number in (signal.SIGSTOP, signal.SIGKILL):
            try:
                os.kill(target, number)
            except OSError:
                pass
    return "done"
