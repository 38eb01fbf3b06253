"""Log lines, measured at a real server over HTTP: search in a million lines of one function, its newest hundred, and how
long a line is on its way from print() to a follower. Prints a table.
usage: logs.py PROGRAM [LINES]"""
import http.client
import json
import os
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tests", "logs"))
from server import Follower, Server  # noqa: E402: it is found there

LINES_OF_A_CALL = 100
CALLERS = 4
WRITER = """
def main(*, first, count):
    for n in range(first, first + count):
        print(f"2026-11-24 11:00:16 INFO request {n} of user {n % 977} took {n % 89} ms needle{n}end")
"""
CLOCK = """
import time
def main(*, count):
    for _ in range(count):
        print(time.time(), flush=True)
        time.sleep(0.037)
"""


def percentile(values, percent):
    return sorted(values)[min(len(values) - 1, len(values) * percent // 100)]


def fill(server, lines):
    server.create("writer", WRITER)
    firsts = iter(range(0, lines, LINES_OF_A_CALL))
    lock = threading.Lock()

    def call():
        while True:
            with lock:
                first = next(firsts, None)
            if first is None:
                return
            server.invoke("writer", first=first, count=LINES_OF_A_CALL)

    callers = [threading.Thread(target=call) for _ in range(CALLERS)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()


def time_of(connection, server, query):
    """Milliseconds until all pages are there, and the lines."""
    begin, lines, before = time.monotonic(), [], ""
    while True:
        connection.request("GET", f"/functions/writer/lines?{query}{before}",
                           headers={"Authorization": "Bearer " + server.token})
        page = json.load(connection.getresponse())
        lines += page["lines"]
        if "older" not in page or len(lines) >= 100:
            return (time.monotonic() - begin) * 1000, lines
        before = "&before=" + page["older"]


def searched(connection, server, lines, times=40):
    found = []
    for i in range(times):
        n = (i * 7919 + 13) * (lines // times) % lines
        ms, hits = time_of(connection, server, f"limit=100&grep=needle{n}end")
        assert len(hits) == 1, f"needle{n}end was found {len(hits)} times"
        found.append(ms)
    return found


def newest(connection, server, times=200):
    return [time_of(connection, server, "limit=100")[0] for _ in range(times)]


def delays(server, count=200):
    server.create("clock", CLOCK)
    late = []

    def take(line):
        if line["stream"] == "stdout":
            late.append((time.time() - float(line["text"])) * 1000)
        return len(late) < count

    follower = Follower(server, "clock", "0.0.0")
    call = server.call_beside("clock", count=count)
    follower.run(use=take)
    call.join()
    return late


def main():
    lines = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
    server = Server(sys.argv[1])
    try:
        fill(server, lines)
        connection = http.client.HTTPConnection("127.0.0.1", server.port)
        rows = [(f"search in {lines:,} lines of one function", searched(connection, server, lines), "100 ms", "30 ms"),
                (f"newest 100 of {lines:,} lines", newest(connection, server), "5 ms", "1 ms"),
                ("print() to follower", delays(server), "200 ms", "20 ms")]
    finally:
        server.end()
    print("| measure | p50 | p95 | reach | aim |\n| --- | --- | --- | --- | --- |")
    for measure, values, reach, aim in rows:
        print(f"| {measure} | {percentile(values, 50):.2f} ms | {percentile(values, 95):.2f} ms | {reach} | {aim} |")


main()
