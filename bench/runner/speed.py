"""How fast calls are: throughput, latency and CPU of each state, beside the peers."""

import os
import pathlib
import shutil
import statistics
import time
from typing import NamedTuple

from .kappa import Kappa, unloading_late
from .load import Wrk, take_turns
from .peers import ProcessPerCall, Uwsgi

states = ("fresh", "warm", "rewind")
arguments = {"hello": {"name": "world"}, "lines": {"name": "world"}, "fib": {"n": 25}}
rounds = 5


class Case(NamedTuple):
    who: str  # a state, "uWSGI" or "process"
    function: str
    connections: int


def write_functions(folder):
    """Copies, so that what Python compiles stays out of the sources."""
    bench = pathlib.Path(__file__).parent
    for source in (bench.parent.parent / "examples/hello.py", bench / "functions/fib.py", bench / "functions/lines.py"):
        shutil.copy(source, folder)


def offered_states(kappa, functions, tell):
    """Creates each function in each state that the server has."""
    offered = []
    for state in states:
        made = [kappa.create(f"{name}-{state}", (functions / f"{name}.py").read_text(), state) for name in arguments]
        if all(made):
            offered.append(state)
        else:
            tell(f"this server has no state \"{state}\": left out")
    return offered


class DurableCommit:
    """What any reply that must survive a power failure waits for. Median milliseconds, each time it is called."""

    def __init__(self, folder):
        self.file = os.open(folder / "appended", os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def __call__(self, _seconds):
        """The bare minimum: 4 kB appended to a file where the server's files are, and fdatasync."""
        return _median_ms(200, lambda: (os.write(self.file, bytes(4096)), os.fdatasync(self.file)))


class Logouts:
    """The least that a request with a durable commit costs: POST /logout finds the token, as a call does, deletes it in
    one transaction, and runs nothing. Each needs a login before it, which is not timed."""

    def __init__(self, kappa):
        self.kappa = kappa

    def __call__(self, _seconds):
        self.kappa.connect()
        tokens = [self.kappa.login() for _ in range(30)]
        return _median_ms(len(tokens), lambda: self.kappa.ask("POST", "/logout", token=tokens.pop()))


def _median_ms(times, act):
    all_ms = []
    for _ in range(times):
        begin = time.perf_counter()
        act()
        all_ms.append((time.perf_counter() - begin) * 1e3)
    return statistics.median(all_ms)


def measure(program, folder, seconds, tell):
    """The states that there are, and Case -> its rounds; "fdatasync" and "logout" are cases too."""
    functions = folder / "functions"
    functions.mkdir()
    write_functions(functions)
    with Kappa(program, folder / "speed", *unloading_late(program)) as kappa, Uwsgi(folder, functions) as uwsgi:
        offered = offered_states(kappa, functions, tell)

        def load(who, function, connections):
            if who == "process":
                return ProcessPerCall(functions, connections)
            if who == "uWSGI":
                url, fields, tree = f"http://127.0.0.1:{uwsgi.port}/{function}", {"Connection": "close"}, uwsgi.tree
            else:
                url = f"http://127.0.0.1:{kappa.port}/functions/{function}-{who}/invoke"
                fields, tree = {"Authorization": f"Bearer {kappa.token}"}, kappa.tree
            fields["Content-Type"] = "application/json"
            return Wrk(folder, tree, url, arguments[function], connections, fields)

        both = [*offered, "uWSGI"]
        # What is compared stands together: its rounds are close in time.
        groups = {
            "hello, 1 connection": [Case(who, "hello", 1) for who in [*both, "process"]],
            "hello, 8 and 64 connections": [Case(who, "hello", n) for who in both for n in (8, 64)]
            + [Case("process", "hello", 8)],
            "fib(25), 8 connections": [Case(who, "fib", 8) for who in both],
            "three lines, 8 connections": [Case(who, "lines", 8) for who in both],
        }
        results = {}
        for name, cases in groups.items():
            tell(f"{name}: {rounds} rounds of {', '.join(sorted({case.who for case in cases}))}")
            to_measure = {case: load(*case) for case in cases}
            if name == "hello, 1 connection":
                to_measure |= {"fdatasync": DurableCommit(folder / "speed"), "logout": Logouts(kappa)}
            results |= take_turns(to_measure, rounds, seconds)
    return offered, results
