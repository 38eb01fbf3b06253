"""Prints from a child that it does not wait for, then from itself, and dies without flushing."""
# expects: exited
# prints: "from the child\nfrom the parent\n"
import os


def main():
    if os.fork() == 0:
        os.write(1, b"from the child\n")
        os._exit(0)
    os.wait()
    print("from the parent")
    os._exit(9)
