"""Every process forks and ends at once, so that whoever wants to kill one finds another."""
# expects: timeout
# prints: "fleeing\n"
import os


def flee():
    while True:
        try:
            if os.fork() != 0:
                os._exit(0)
        except OSError:
            pass


def main():
    print("fleeing")
    for _ in range(8):
        if os.fork() == 0:
            os.setsid()
            flee()
    while True:
        pass
