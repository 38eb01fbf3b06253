"""Returns an endless generator, which is not JSON."""
# expects: bad_result
# detail: generator


def main():
    def numbers():
        while True:
            yield 1

    return numbers()
