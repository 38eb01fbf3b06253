"""Fills sockets that nobody reads: memory of the kernel's."""
# expects: timeout|out_of_memory
# prints: "filling\n"
import os
import socket
import time


def fill():
    kept = []
    try:
        while True:
            one, other = socket.socketpair()
            kept.append((one, other))
            one.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
            one.setblocking(False)
            try:
                while True:
                    one.send(b"x" * 65536)
            except BlockingIOError:
                pass
    except OSError:
        time.sleep(60)


def main():
    print("filling")
    for _ in range(16):
        if os.fork() == 0:
            fill()
    fill()
