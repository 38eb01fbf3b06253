"""Reads a mapping behind the end of its file."""
# expects: crashed
# detail: SIGBUS
# prints: "reading\n"
import mmap


def main():
    print("reading")
    with open("/tmp/short", "w+b") as file:
        file.truncate(1 << 20)
        mapping = mmap.mmap(file.fileno(), 1 << 20)
        file.truncate(0)
        return mapping[1 << 19]
