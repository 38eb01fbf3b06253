"""Has many epolls watch each other and many more descriptors."""
# expects: timeout
# prints: "watching\n"
import os
import select
import time


def main():
    print("watching")
    epolls, events = [], []
    try:
        while True:
            epolls.append(select.epoll())
            events.append(os.eventfd(1))
    except OSError:
        pass
    while True:
        for epoll in epolls:
            for other in [*epolls, *events]:
                try:
                    epoll.register(other, select.EPOLLIN)
                except OSError:
                    pass
        time.sleep(0.01)
