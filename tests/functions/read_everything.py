"""Reads every file there is, through the machine's page cache."""
# expects: timeout|ok|error|out_of_memory
import os


def main():
    for folder, _, names in os.walk("/"):
        for name in names:
            try:
                descriptor = os.open(os.path.join(folder, name), os.O_RDONLY | os.O_NONBLOCK)
            except OSError:
                continue
            try:
                for _ in range(64):
                    if not os.read(descriptor, 1 << 20):
                        break
            except OSError:
                pass
            os.close(descriptor)
