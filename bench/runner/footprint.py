"""What functions cost while nobody calls them, and how soon they are there: memory, creation, start."""

import os
import pathlib
import signal
import statistics
import time

from .kappa import Kappa, unloading_soon

hot_functions = 20
hot_calls = 20  # a process is made to be put back once its function has been called some times
deployed_functions = 1000
code = (pathlib.Path(__file__).parent.parent.parent / "examples/hello.py").read_text(encoding="utf-8")


def _create_and_call(kappa, number, state="fresh", calls=1):
    kappa.create(f"hello-{number}", code, state)
    for _ in range(calls):
        kappa.invoke(f"hello-{number}", {"name": "world"})


def first_answers_ms(program, folder):
    """From the request that creates a function to the answer of its first call, each time on the same connection."""
    all_ms = []
    with Kappa(program, folder / "first-answer") as kappa:
        for number in range(30):
            begin = time.perf_counter()
            _create_and_call(kappa, number)
            all_ms.append((time.perf_counter() - begin) * 1e3)
            kappa.tree.settle()  # the next one does not wait for this one's spares
    return all_ms


def may_see_memory():
    """The processes of functions hide their memory from everybody but root."""
    return os.geteuid() == 0


def _settled_mb(kappa):
    kappa.tree.settle()
    return kappa.tree.pss_mb() if may_see_memory() else 0


def idle_mb(program, folder):
    with Kappa(program, folder / "idle") as kappa:
        return _settled_mb(kappa)


def hot_mb(program, folder, state):
    """Growth by each function that is loaded and has been called, its spares included, beyond the first one."""
    with Kappa(program, folder / f"hot-{state}") as kappa:
        _create_and_call(kappa, 0, state, hot_calls)
        before = _settled_mb(kappa)
        for number in range(1, hot_functions + 1):
            _create_and_call(kappa, number, state, hot_calls)
        return (_settled_mb(kappa) - before) / hot_functions


def deployed(program, folder):
    """MiB of growth by each function that is deployed and not loaded; and milliseconds from the start of a server that
    was killed with all of them to its word that it serves."""
    with Kappa(program, folder / "deployed", *unloading_soon(program)) as kappa:
        few = 10  # by then each part of the server has done its work once
        for number in range(few):
            kappa.create(f"hello-{number}", code)
        time.sleep(3)  # until the server has seen that they are idle
        before = _settled_mb(kappa)
        for number in range(few, deployed_functions):
            kappa.create(f"hello-{number}", code)
        time.sleep(3)
        growth = (_settled_mb(kappa) - before) / (deployed_functions - few)
        starts_ms = []
        for _ in range(5):
            kappa.end(signal.SIGKILL)
            starts_ms.append(kappa.start())
    return growth, statistics.median(starts_ms)
