"""How long calls wait while a store is backed up: beside the same calls without a backup."""

import multiprocessing
import subprocess
import time

from runner.kappa import Connection
from store import spent_ms

clients = 8
rounds = 3


def _call(port, token, ending, results):
    """Calls until it is told to end; gives how long each call took, in milliseconds."""
    connection = Connection(port)
    took = []
    while not ending.is_set():
        begin = time.perf_counter()
        status, answer = connection.ask("POST", "/functions/hello/invoke", {"name": "world"}, token)
        took.append((time.perf_counter() - begin) * 1e3)
        if status != 200:
            raise RuntimeError(f"a call was answered {status}: {answer}")
    results.put(took)


def _latencies(kappa, during):
    """What the calls took while `during` was done."""
    ending, results = multiprocessing.Event(), multiprocessing.Queue()
    arguments = (kappa.port, kappa.token, ending, results)
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


def call_times(kappa, program):
    """Milliseconds of the calls of each round, during backups and as long without, and of the backups."""
    data = kappa.folder / "data"
    command = [program, "backup", str(kappa.folder / "backup.tar"), "--replace", "--data", str(data)]
    during, without, backups = [], [], []
    for _ in range(rounds):
        backup = lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: E731
        during.append(_latencies(kappa, lambda: backups.append(spent_ms(backup))))
        without.append(_latencies(kappa, lambda: time.sleep(backups[-1] / 1e3)))
    return during, without, backups
