"""Closes every descriptor, and runs for ever."""
# expects: timeout
# prints: "closing\n"
import os


def main():
    print("closing")
    os.closerange(0, 4096)
    while True:
        pass
