"""Replaces itself by a program that succeeds, which is no result."""
# expects: exited
# detail: exit code 0
# prints: "executing\nfrom the program\n"
import os


def main():
    print("executing")
    os.execv("/bin/echo", ["echo", "from the program"])
