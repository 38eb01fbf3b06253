"""What a ledger of millions of executions costs: listing, the bill, calls, a start after kill -9.

usage: listing.py PROGRAM [--executions N] [--functions N] [--rounds N]
"""

import argparse
import pathlib
import signal
import sqlite3
import statistics
import sys
import tempfile
import time

sys.dont_write_bytecode = True  # before the import: the sources stay as they are
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from runner.kappa import Kappa  # noqa: E402
from store import ledger  # noqa: E402

hello = 'def main(*, name):\n    return {"message": f"Hello, {name}"}\n'


def tell(text):
    print(text, file=sys.stderr, flush=True)


def spent_ms(work):
    begin = time.perf_counter()
    work()
    return (time.perf_counter() - begin) * 1e3


def share(times, part):
    return sorted(times)[min(len(times) - 1, int(len(times) * part))]


def made_full(program, folder, executions, functions):
    """A server whose ledger is full. It is made by the program, so that its schema is the program's."""
    kappa = Kappa(program, folder)
    kappa.create("hello", hello)
    kappa.create("warm", hello, "warm")
    kappa.end(signal.SIGTERM)
    path = kappa.folder / "data" / "data.db"
    with sqlite3.connect(path) as database:
        code_id = database.execute("SELECT code_id FROM function").fetchone()[0]
    now_us = int(time.time() * 1e6) - 60_000_000
    tell(f"filling the ledger with {executions} executions of {functions} functions")
    took_ms = spent_ms(lambda: ledger.fill(path, executions, functions, "bench", code_id, now_us))
    tell(f"filled in {took_ms / 1e3:.0f} s: {path.stat().st_size >> 20} MiB")
    kappa.start()
    return kappa


def read_rows(kappa, functions, rounds):
    """Times of what is read, each asked for another function where one is named."""
    paths = {
        "bill": lambda i: "/bill",
        "newest 50": lambda i: "/executions?limit=50",
        "newest 50 that ended": lambda i: "/executions?limit=50&running=false",
        "newest 50 that run": lambda i: "/executions?limit=50&running=true",
        "newest 50 of the busy function": lambda i: "/executions?limit=50&fn_name=busy",
        "newest 50 of another function": lambda i: f"/executions?limit=50&fn_name=fn-{1 + i % (functions // 10 - 1)}0",
        "newest 50 of no function": lambda i: "/executions?limit=50&fn_name=none",
    }
    for verdict in ("ok", "error", "runner_lost"):
        paths[f"newest 50, verdict {verdict}"] = lambda i, v=verdict: f"/executions?limit=50&verdict={v}"
        paths[f"newest 50 of the busy one, verdict {verdict}"] = (
            lambda i, v=verdict: f"/executions?limit=50&fn_name=busy&verdict={v}")
    kappa.connect()
    for name, path in paths.items():
        times = []
        for i in range(rounds):
            asked = path(i)
            times.append(spent_ms(lambda: kappa.ask("GET", asked, token=kappa.token)))
        yield name, share(times, 0.5), share(times, 0.95)
    # A page in the middle, where no cache has been.
    page = kappa.ask("GET", "/executions?limit=50", token=kappa.token)
    middle = ledger.uuid7(int(time.time() * 1e6) - 15 * ledger.day_us, 0).hex()
    before = "-".join((middle[:8], middle[8:12], middle[12:16], middle[16:20], middle[20:]))
    times = []
    for _ in range(rounds):
        asked = f"/executions?limit=50&before={before}"
        times.append(spent_ms(lambda: page.update(kappa.ask("GET", asked, token=kappa.token))))
        before = page["next"]
    yield "50 in the middle, page after page", share(times, 0.5), share(times, 0.95)


def call_ms(kappa, function):
    return spent_ms(lambda: kappa.invoke(function, {"name": "world"}))


def call_rows(full, empty, rounds):
    """Calls turn by turn: what disturbs the machine disturbs both."""
    for function, state in (("hello", "fresh"), ("warm", "warm")):
        full.connect()
        empty.connect()
        times = {full: [], empty: []}
        for kappa in (full, empty):
            for _ in range(50):
                call_ms(kappa, function)
        for _ in range(rounds):
            for kappa in (full, empty):
                times[kappa] += [call_ms(kappa, function) for _ in range(20)]
        p50 = {kappa: statistics.median(times[kappa]) for kappa in times}
        yield state, p50[full], p50[empty]


def main():
    parser = argparse.ArgumentParser(description="Measures a server whose ledger is full.")
    parser.add_argument("program", type=pathlib.Path, help="the kappa to measure")
    parser.add_argument("--executions", type=int, default=10_000_000, metavar="N")
    parser.add_argument("--functions", type=int, default=10_000, metavar="N")
    parser.add_argument("--rounds", type=int, default=200, metavar="N", help="requests of each kind")
    arguments = parser.parse_args()
    program = str(arguments.program.resolve())
    # /tmp may be in memory, where nothing durable costs what it costs on a disk.
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="kappa-bench-") as name:
        folder = pathlib.Path(name)
        with made_full(program, folder / "full", arguments.executions, arguments.functions) as full:
            print(f"{'read':<48}{'p50 ms':>10}{'p95 ms':>10}")
            for what, p50, p95 in read_rows(full, arguments.functions, arguments.rounds):
                print(f"{what:<48}{p50:>10.2f}{p95:>10.2f}")
            with Kappa(program, folder / "empty") as empty:
                empty.create("hello", hello)
                empty.create("warm", hello, "warm")
                print(f"\n{'call, p50':<28}{'full ms':>10}{'empty ms':>10}{'full / empty':>20}")
                for state, on_full, on_empty in call_rows(full, empty, arguments.rounds):
                    print(f"{state:<28}{on_full:>10.3f}{on_empty:>10.3f}{on_full / on_empty:>20.2f}")
            full.end(signal.SIGKILL)
            print(f"\nstart after kill -9, to ready: {full.start():.0f} ms")


if __name__ == "__main__":
    main()
