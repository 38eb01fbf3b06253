"""Makes every inotify instance that its user may have, and watches every folder."""
# expects: timeout
# prints: "watching\n"
import ctypes
import os
import time


def main():
    print("watching")
    libc, instances = ctypes.CDLL(None), []
    while (instance := libc.inotify_init()) >= 0:
        instances.append(instance)
    for folder, _, _ in os.walk("/"):
        for instance in instances[:4]:
            libc.inotify_add_watch(instance, os.fsencode(folder), 0xFFF)
    while True:
        time.sleep(1)
