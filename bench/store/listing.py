"""What a ledger of millions of executions costs: the bill, lists, calls, a start after kill -9."""

import contextlib
import os
import signal
import sqlite3
import time

from runner.kappa import Kappa
from store import ledger, spent_ms, tell

hello = 'def main(*, name):\n    return {"message": f"Hello, {name}"}\n'
states = {"hello": "fresh", "warm": "warm"}  # by function
starts = 5


def with_functions(program, folder):
    kappa = Kappa(program, folder)
    for name, state in states.items():
        kappa.create(name, hello, state)
    return kappa


def made_full(program, folder, executions, functions):
    """A server whose ledger is full. It is made by the program, so that its schema is the program's."""
    kappa = with_functions(program, folder)
    kappa.end(signal.SIGTERM)
    path = kappa.folder / "data" / "data.db"
    with contextlib.closing(sqlite3.connect(path)) as database:
        code_id = database.execute("SELECT code_id FROM function").fetchone()[0]
    now_us = int(time.time() * 1e6) - 60_000_000
    tell(f"filling a ledger with {executions:,} executions of {functions:,} functions")
    took_ms = spent_ms(lambda: ledger.fill(path, executions, functions, "bench", code_id, now_us))
    os.sync()  # or the first calls would wait for it
    tell(f"filled in {took_ms / 1e3:.0f} s: {path.stat().st_size >> 20} MiB")
    kappa.start()
    return kappa


def read_times(kappa, functions, rounds):
    """Milliseconds of each read, by what is read; each asks for another function where one is named."""
    paths = {
        "bill": lambda i: "/bill",
        "newest 50": lambda i: "/executions?limit=50",
        "newest 50 that ended": lambda i: "/executions?limit=50&running=false",
        "newest 50 that run": lambda i: "/executions?limit=50&running=true",
        "newest 50 of the busy function": lambda i: "/executions?limit=50&fn_name=busy",
        "newest 50 of another function": lambda i: f"/executions?limit=50&fn_name=fn-{1 + i % (functions // 10 - 1)}0",
        "newest 50 of no function": lambda i: "/executions?limit=50&fn_name=none",
        "newest 50 events of the busy function": lambda i: "/functions/busy/logs?limit=50",
    }
    for verdict in ("ok", "error", "runner_lost"):
        paths[f"newest 50, verdict {verdict}"] = lambda i, v=verdict: f"/executions?limit=50&verdict={v}"
        paths[f"newest 50 of the busy function, verdict {verdict}"] = (
            lambda i, v=verdict: f"/executions?limit=50&fn_name=busy&verdict={v}")
    kappa.connect()

    def ask(path):
        return spent_ms(lambda: kappa.ask("GET", path, token=kappa.token))

    times = {name: [ask(path(i)) for i in range(rounds)] for name, path in paths.items()}
    times["50 in the middle, page after page"] = _middle_pages(kappa, rounds)
    return times


def _middle_pages(kappa, rounds):
    """Where no cache has been."""
    middle = ledger.uuid7(int(time.time() * 1e6) - 15 * ledger.day_us, 0).hex()
    page = {"next": "-".join((middle[:8], middle[8:12], middle[12:16], middle[16:20], middle[20:]))}

    def turn():
        path = f"/executions?limit=50&before={page['next']}"
        page.update(kappa.ask("GET", path, token=kappa.token))

    return [spent_ms(turn) for _ in range(rounds)]


def call_times(full, empty, rounds):
    """Milliseconds of calls by state, on the full server and on the empty one. They take turns: what disturbs the machine
    disturbs both."""
    times = {}
    for function, state in states.items():
        full.connect()
        empty.connect()
        times[state] = [], []
        for warming in (True, False):
            for _ in range(3 if warming else rounds):
                for kappa, kept in zip((full, empty), times[state]):
                    took = [spent_ms(lambda: kappa.invoke(function, {"name": "world"})) for _ in range(20)]
                    kept += [] if warming else took
    return times


def start_times(kappa):
    """Milliseconds to the first answer of /health; each time it was killed right behind calls."""
    times = []

    def start():
        kappa.start()
        kappa.ask("GET", "/health")

    for _ in range(starts):
        for _ in range(200):
            kappa.invoke("hello", {"name": "world"})
        kappa.end(signal.SIGKILL)
        times.append(spent_ms(start))
    return times
