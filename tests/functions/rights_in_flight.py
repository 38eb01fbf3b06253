"""Keeps descriptors inside sockets that are inside each other, where no process has them."""
# expects: timeout
# prints: "sending\n"
import array
import os
import socket
import time


def send_into_each_other():
    try:
        while True:
            one, other = socket.socketpair()
            rights = array.array("i", [one.fileno(), other.fileno()] * 20)
            for way in (one, other):
                way.setblocking(False)
                way.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])
    except OSError:
        time.sleep(60)


def main():
    print("sending")
    for _ in range(16):
        if os.fork() == 0:
            send_into_each_other()
    send_into_each_other()
