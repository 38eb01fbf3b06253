"""Makes a file of 10 TB that takes no space."""
# expects: error
# detail: File too large


def main():
    with open("/tmp/sparse", "wb") as file:
        file.truncate(10 << 40)
