"""Sends itself SIGKILL. The first of a process namespace does not feel it."""
# expects: ok|out_of_memory|crashed
# prints: "still here\n"
import os
import signal


def main():
    print("still here")
    os.kill(os.getpid(), signal.SIGKILL)
    return "survived"
