"""Every new process of the module is kept busy before its call begins."""
# expects: timeout
# detail: did not get ready
# limits: {"timeout_ms": 5000}
# within_ms: 1000
import os


def spin():
    while True:
        pass


os.register_at_fork(after_in_child=spin)


def main():
    return "ran"
