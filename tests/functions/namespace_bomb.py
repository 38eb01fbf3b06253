"""Puts itself into ever more namespaces; in one of them it might mount memory without a limit."""
# expects: timeout
# prints: "descending\n"
import ctypes
import os
import time

EVERY_NAMESPACE, PR_SET_DUMPABLE = 0x7E020000, 4


def main():
    print("descending")
    libc, user = ctypes.CDLL(None), os.getuid()
    libc.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)  # else the map is root's
    while libc.unshare(EVERY_NAMESPACE) == 0 and os.fork() == 0:
        with open("/proc/self/uid_map", "w") as uid_map:
            uid_map.write(f"{user} {user} 1")
        libc.mount(b"tmpfs", b"/tmp", b"tmpfs", 0, b"size=100%")
    while True:
        time.sleep(1)
