"""Log lines over HTTP: search in a million lines of one function, its newest hundred, and how long a line is on its way
from print() to a follower."""

import pathlib
import sys
import threading
import time

from runner.kappa import Connection
from store import spent_ms, tell

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests/logs"))
from server import Follower  # noqa: E402: it is found there

lines_of_a_call = 100
callers = 4
writer = """
def main(*, first, count):
    for n in range(first, first + count):
        print(f"2026-11-24 11:00:16 INFO request {n} of user {n % 977} took {n % 89} ms needle{n}end")
"""
clock = """
import time
def main(*, count):
    for _ in range(count):
        print(time.time(), flush=True)
        time.sleep(0.037)
"""


def _fill(kappa, lines):
    kappa.create("writer", writer)
    firsts = iter(range(0, lines, lines_of_a_call))
    lock = threading.Lock()

    def call():
        connection = Connection(kappa.port)
        while True:
            with lock:
                first = next(firsts, None)
            if first is None:
                return
            status, answer = connection.ask(
                "POST", "/functions/writer/invoke", {"first": first, "count": lines_of_a_call}, kappa.token)
            if status != 200:
                raise RuntimeError(f"a call was answered {status}: {answer}")

    threads = [threading.Thread(target=call) for _ in range(callers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _newest_hundred(kappa, query=""):
    """Page after page, until there are so many or no more."""
    lines, before = [], ""
    while True:
        page = kappa.ask("GET", f"/functions/writer/lines?limit=100{query}{before}", token=kappa.token)
        lines += page["lines"]
        if "older" not in page or len(lines) >= 100:
            return lines
        before = "&before=" + page["older"]


def _search(kappa, lines, at):
    needle = f"needle{at}end"
    found = _newest_hundred(kappa, f"&grep={needle}")
    if len(found) != 1:
        raise RuntimeError(f"{needle} was found {len(found)} times")


def _delays(kappa, count=200):
    """Milliseconds from print() to the follower."""
    kappa.create("clock", clock)
    late = []

    def take(line):
        if line["stream"] == "stdout":
            late.append((time.time() - float(line["text"])) * 1e3)
        return len(late) < count

    follower = Follower(kappa, "clock", "0.0.0")
    call = threading.Thread(target=kappa.invoke, args=("clock", {"count": count}))
    call.start()
    follower.run(use=take)
    call.join()
    return late


def log_times(kappa, lines, rounds):
    tell(f"printing {lines:,} lines")
    _fill(kappa, lines)
    kappa.connect()
    places = [(i * 7919 + 13) * (lines // rounds) % lines for i in range(rounds)]
    return {
        "newest 100 log lines": [spent_ms(lambda: _newest_hundred(kappa)) for _ in range(rounds)],
        "log search": [spent_ms(lambda: _search(kappa, lines, at)) for at in places],
        "print() to follower": _delays(kappa),
    }
