"""Many threads and processes print for ever on both channels."""
# expects: timeout
import os
import sys
import threading


def flood(stream):
    while True:
        stream.write("y" * 1000 + "\n")


def main():
    for _ in range(4):
        os.fork()
    for stream in (sys.stdout, sys.stderr):
        threading.Thread(target=flood, args=(stream,)).start()
    flood(sys.stdout)
