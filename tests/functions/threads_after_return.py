"""Returns while its threads go on, which are no daemons."""
# expects: ok
# within_ms: 300
import threading


def go_on():
    while True:
        print("still here")


def main():
    for _ in range(4):
        threading.Thread(target=go_on).start()
    return "left them behind"
