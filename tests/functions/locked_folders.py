"""Leaves folders and files that forbid their removal, and names that are no text."""
# expects: ok
import os


def main():
    for number in range(20):
        folder = f"/tmp/{number}".encode() + b"\n\xff\x1b[2J"
        os.makedirs(folder + b"/inside")
        open(folder + b"/inside/file", "w").close()
        os.chmod(folder + b"/inside/file", 0)
        os.chmod(folder + b"/inside", 0)
        os.chmod(folder, 0)
