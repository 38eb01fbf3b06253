"""Every process forks and ends at once, so that whoever wants to kill one finds another."""
# expects: timeout
# prints: "fleeing\n"
import os


def fork():
    while True:
        try:
            return os.fork()
        except OSError:  # those that ended and wait to be reaped count towards the limit
            pass


def flee():
    while True:
        if fork() != 0:
            os._exit(0)


def main():
    print("fleeing")
    for _ in range(8):
        if fork() == 0:
            os.setsid()
            flee()
    while True:
        pass
