"""Ignores every signal that can be ignored, the one that asks for its stack included."""
# expects: timeout
# prints: "deaf\n"
import signal


def main():
    for number in range(1, signal.NSIG):
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            pass
    print("deaf")
    while True:
        pass
