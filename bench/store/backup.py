"""How long a call waits, at the worst, while a store of about 1 GB is backed up: beside the same calls without a backup.

usage: backup.py PROGRAM [--mb N] [--clients N] [--folder FOLDER]
"""

import argparse
import multiprocessing
import os
import pathlib
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True  # before the import: the sources stay as they are
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from runner.kappa import Connection, Kappa  # noqa: E402

rows_at_a_time = 200_000
source = "def main():\n    return 1\n"
quiet = {"stdout": subprocess.DEVNULL}


def fill(file, mb):
    """Copies the one execution that is there, under new ids, until the file has that size."""
    db = sqlite3.connect(file, isolation_level=None)
    # Ids in the order of time, as a UUID of version 7 has them, and far back: the newest stay the newest.
    db.create_function("id_of", 1, lambda n: n.to_bytes(6, "big") + bytes([0x70]) + os.urandom(9), deterministic=False)
    db.executescript("PRAGMA synchronous = OFF; PRAGMA cache_size = -400000; PRAGMA journal_size_limit = 0")
    columns = [row[1] for row in db.execute("PRAGMA table_info(execution)")]
    others = ", ".join(name for name in columns if name != "exec_id")
    made = 0
    while file.stat().st_size < mb << 20:
        db.execute(
            f"WITH RECURSIVE n (n) AS (SELECT ? UNION ALL SELECT n + 1 FROM n WHERE n < ?) "
            f"INSERT INTO execution (exec_id, {others}) SELECT id_of(n), {others} "
            f"FROM n, (SELECT {others} FROM execution ORDER BY exec_id DESC LIMIT 1)", (made + 1, made + rows_at_a_time))
        made += rows_at_a_time
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    return made


def call(port, token, ending, results):
    """Calls until it is told to end; gives how long each call took, in milliseconds."""
    connection = Connection(port)
    took = []
    while not ending.is_set():
        begin = time.perf_counter()
        status, answer = connection.ask("POST", "/functions/f/invoke", {}, token)
        took.append((time.perf_counter() - begin) * 1e3)
        if status != 200:
            raise RuntimeError(f"a call was answered {status}: {answer}")
    results.put(took)


def latencies(kappa, clients, during):
    """What the calls of so many clients took while `during` was done."""
    ending, results = multiprocessing.Event(), multiprocessing.Queue()
    callers = [multiprocessing.Process(target=call, args=(kappa.port, kappa.token, ending, results)) for _ in range(clients)]
    for caller in callers:
        caller.start()
    time.sleep(1)  # they have connected, and the function has its processes
    begin = time.perf_counter()
    during()
    seconds = time.perf_counter() - begin
    ending.set()
    took = sorted(ms for _ in callers for ms in results.get())
    for caller in callers:
        caller.join()
    return seconds, took


def row(name, seconds, took):
    p99, p999 = took[len(took) * 99 // 100], took[len(took) * 999 // 1000]
    return (f"| {name} | {seconds:.1f} | {len(took)} | {statistics.median(took):.2f} | {p99:.1f} | {p999:.1f} | "
            f"{took[-1]:.1f} |")


def main():
    parser = argparse.ArgumentParser(description="Measures the longest wait of a call during a backup.")
    parser.add_argument("program", type=pathlib.Path, help="the kappa to measure")
    parser.add_argument("--mb", type=int, default=1000, metavar="N", help="size of the store, in MiB")
    parser.add_argument("--clients", type=int, default=8, metavar="N", help="who call all the while")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="backups")
    # /tmp may be in memory, where nothing durable costs what it costs on a disk.
    parser.add_argument("--folder", default="/var/tmp", help="where to make the store")
    arguments = parser.parse_args()
    program = str(arguments.program.resolve())
    with tempfile.TemporaryDirectory(dir=arguments.folder, prefix="kappa-bench-") as name:
        folder = pathlib.Path(name)
        with Kappa(program, folder) as kappa:
            kappa.create("f", source)
            kappa.ask("POST", "/functions/f/invoke", {}, kappa.token)
            kappa.end(signal.SIGTERM)
            made = fill(folder / "data" / "data.db", arguments.mb)
            print(f"{made} executions stored", file=sys.stderr, flush=True)
            kappa.start()
            command = [program, "backup", str(folder / "backup.tar"), "--replace", "--data", str(folder / "data")]
            print("| while | s | calls | p50 ms | p99 ms | p99.9 ms | longest ms |\n| --- | --- | --- | --- | --- | --- | --- |")
            for _ in range(arguments.rounds):
                seconds, took = latencies(kappa, arguments.clients, lambda: subprocess.run(command, check=True, **quiet))
                print(row("a backup", seconds, took), flush=True)
                print(row("nothing else", *latencies(kappa, arguments.clients, lambda: time.sleep(seconds))), flush=True)


if __name__ == "__main__":
    main()
