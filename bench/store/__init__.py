"""What is measured of what Kappa keeps."""

import sys
import time


def tell(text):
    print(text, file=sys.stderr, flush=True)


def spent_ms(work):
    begin = time.perf_counter()
    work()
    return (time.perf_counter() - begin) * 1e3


def share(times, part):
    """What so large a part of them did not exceed."""
    return sorted(times)[min(len(times) - 1, int(len(times) * part))]
