"""Every new process of the module ends before its call begins."""
# expects: exited
# detail: did not get ready for the call \(ended its process with exit code 3
import os


os.register_at_fork(before=lambda: os._exit(3))


def main():
    return "ran"
