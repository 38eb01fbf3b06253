"""Forks for ever, in every process, whatever the kernel says."""
# expects: timeout
# prints: "lit\n"
import os


def main():
    print("lit")
    while True:
        try:
            os.fork()
        except OSError:
            pass
