"""Reads what nobody will write."""
# expects: timeout
# prints: "reading\n"
import os


def main():
    reader, _ = os.pipe()
    print("reading")
    return len(os.read(reader, 1))
