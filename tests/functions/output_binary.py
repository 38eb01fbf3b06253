"""Prints every byte there is."""
# expects: ok
# prints: bytes(range(256)) * 64
import os


def main():
    os.write(1, bytes(range(256)) * 64)
