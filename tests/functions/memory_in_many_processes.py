"""Each of many processes takes as much as one may have. Together they must not get a gigabyte with a limit of 128 MiB."""
# expects: error|out_of_memory|timeout
# limits: {"memory_mb": 128}
import os
import time


def main():
    told, children = os.pipe(), 16
    for _ in range(children):
        if os.fork() == 0:
            kept = b"x" * (64 << 20)
            os.write(told[1], b"x")
            time.sleep(60)
            del kept
    had = 0
    while had < children:
        had += len(os.read(told[0], children))
    return "had 1 GiB"
