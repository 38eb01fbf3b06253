"""How long calls wait while a store is backed up: beside the same calls without a backup."""

import multiprocessing
import os
import random
import subprocess
import time

from runner.kappa import Connection
from store import spent_ms

clients = 8
rounds = 3
calls_a_second = 500  # a third of what two cores can do
copied_at_a_time = 1 << 20  # as `kappa backup` does


def _call(port, token, every, ending, results):
    """A call each `every` seconds, or one behind the other with 0, until it is told to end; gives for how many
    milliseconds each was waited for, counted from when it was due: what comes behind a stall is delayed by it, too."""
    connection = Connection(port)
    took = []
    due = time.perf_counter() + every * random.random()
    while not ending.is_set():
        time.sleep(max(0, due - time.perf_counter()))
        status, answer = connection.ask("POST", "/functions/hello/invoke", {"name": "world"}, token)
        end = time.perf_counter()
        took.append((end - due) * 1e3)
        if status != 200:
            raise RuntimeError(f"a call was answered {status}: {answer}")
        due = due + every if every else end
    results.put(took)


def _latencies(kappa, every, during):
    """What the calls took while `during` was done."""
    ending, results = multiprocessing.Event(), multiprocessing.Queue()
    arguments = (kappa.port, kappa.token, every, ending, results)
    callers = [multiprocessing.Process(target=_call, args=arguments) for _ in range(clients)]
    for caller in callers:
        caller.start()
    time.sleep(1)  # they have connected, and the function has its processes
    during()
    ending.set()
    took = [ms for _ in callers for ms in results.get()]
    for caller in callers:
        caller.join()
    return took


def call_times(kappa, program, calls_a_second=0):
    """Milliseconds of the calls of each round, during backups and as long without, and of the backups. So many calls in
    a second, from all clients together, or with 0 as many as are answered."""
    data = kappa.folder / "data"
    command = [program, "backup", str(kappa.folder / "backup.tar"), "--replace", "--data", str(data)]
    every = clients / calls_a_second if calls_a_second else 0
    during, without, backups = [], [], []
    for _ in range(rounds):
        backup = lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: E731
        during.append(_latencies(kappa, every, lambda: backups.append(spent_ms(backup))))
        without.append(_latencies(kappa, every, lambda: time.sleep(backups[-1] / 1e3)))
    return during, without, backups


def _copy(source, target, seconds, ending):
    """Over and over, each time spread over so many seconds; each piece is on the disk before the next."""
    pause = seconds * copied_at_a_time / source.stat().st_size
    while True:
        with open(source, "rb", buffering=0) as read, open(target, "wb", buffering=0) as written:
            begin, pieces = time.monotonic(), 0
            while piece := read.read(copied_at_a_time):
                written.write(piece)
                os.fdatasync(written.fileno())
                pieces += 1
                if ending.wait(max(0, begin + pieces * pause - time.monotonic())):
                    return


def disk_times(kappa, seconds):
    """Milliseconds of each fdatasync of 16 KiB beside a copy of the ledger as slow as a backup, without Kappa."""
    ending, took = multiprocessing.Event(), []
    source, target = kappa.folder / "data" / "data.db", kappa.folder / "copy"
    copier = multiprocessing.Process(target=_copy, args=(source, target, seconds, ending))
    copier.start()
    with open(kappa.folder / "synced", "wb", buffering=0) as synced:
        end = time.monotonic() + rounds * seconds
        while time.monotonic() < end:
            os.pwrite(synced.fileno(), b"x" * 16384, len(took) % 256 * 16384)
            took.append(spent_ms(lambda: os.fdatasync(synced.fileno())))
    ending.set()
    copier.join()
    target.unlink()
    return took
