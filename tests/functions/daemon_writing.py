"""Returns at once, and leaves a grandchild that writes to every descriptor for ever."""
# expects: ok|bad_result
# within_ms: 300
import os


def main():
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            while True:
                for descriptor in (1, 2):
                    os.write(descriptor, b"still here\n" * 1000)
        os._exit(0)
    os.wait()
    return "left it behind"
