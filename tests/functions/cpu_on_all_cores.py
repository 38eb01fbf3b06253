"""Spins on every core, and asks for a better place than all others."""
# expects: timeout
# prints: "spinning\n"
import os


def push_forward():
    for policy, priority in ((os.SCHED_FIFO, 99), (os.SCHED_RR, 99), (os.SCHED_BATCH, 0)):
        try:
            os.sched_setscheduler(0, policy, os.sched_param(priority))
        except OSError:
            pass
    for value in (-20, -1):
        try:
            os.setpriority(os.PRIO_PROCESS, 0, value)
        except OSError:
            pass


def main():
    print("spinning")
    for _ in range(4):
        os.fork()
    push_forward()
    while True:
        pass
