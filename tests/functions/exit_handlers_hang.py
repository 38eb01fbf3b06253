"""Returns, with handlers of the end and destructors that are never done."""
# expects: ok
# within_ms: 300
import atexit
import threading


class Endless:
    def __del__(self):
        while True:
            pass


kept = Endless()


def hang():
    while True:
        pass


def main():
    atexit.register(hang)
    threading._register_atexit(hang)
    return "left them behind"
