"""Opens files until there is no descriptor left."""
# expects: error
# detail: Too many open files


def main():
    kept = []
    while True:
        kept.append(open("/dev/null"))
