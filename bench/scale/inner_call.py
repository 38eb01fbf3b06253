"""What one call from module to module costs more when the other is behind a Unix socket."""

import re
import statistics
import subprocess
import time

from runner.kappa import Kappa
from runner.rows import Row
from store import share, tell


class DataApart:
    """The data module alone, in a process of its own."""

    def __init__(self, program, folder):
        folder.mkdir()
        self.socket, self.token_file = f"unix:{folder}/data.sock", f"{folder}/token"
        command = [program, "serve", "--listen", "", "--data", str(folder / "data"), "--log_level", "warning",
                   "--modules.data.expose", self.socket, "--modules.data.token_file", self.token_file]
        with open(folder / "log", "ab") as log:
            around = {"cwd": folder, "env": {"PATH": "/usr/bin:/bin"}}
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, **around)
        if not re.search("serves at unix:", self.process.stdout.readline()):
            raise RuntimeError("the data module does not start:\n" + (folder / "log").read_text(encoding="utf-8"))

    def settings(self):
        """Of a Kappa that uses it."""
        return ["--modules.data.url", self.socket, "--modules.data.token_file", self.token_file]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()


def _ask_us(kappa):
    begin = time.perf_counter_ns()
    kappa.ask("GET", "/user/me", token=kappa.token)
    return (time.perf_counter_ns() - begin) / 1e3


class InnerCall:
    explanation = """- **an inner call**: `GET /user/me`, for which the gateway asks `data` once whose token it is. One server has `data`
  in its process, the other at a Unix socket in a process of its own, where each request brings the service token. Both
  are asked in turns, request by request, over one connection with keep-alive each; the figure is the difference of
  their p50s."""

    def __init__(self, program, folder, requests, rounds):
        tell("requests with data in the process, and at a socket")
        self.inside, self.apart = [], []
        with DataApart(program, folder / "data") as data, \
                Kappa(program, folder / "whole") as whole, \
                Kappa(program, folder / "front", *data.settings()) as front:
            for _ in range(requests // 4):  # the first ones pay for what later ones find ready
                _ask_us(whole), _ask_us(front)
            for _ in range(rounds):
                pairs = [(_ask_us(whole), _ask_us(front)) for _ in range(requests)]
                self.inside.append([inside for inside, _ in pairs])
                self.apart.append([apart for _, apart in pairs])

    def rows(self):
        added = [statistics.median(b) - statistics.median(a) for a, b in zip(self.inside, self.apart)]
        figure = f"{statistics.median(added):.0f} µs ({min(added):.0f}–{max(added):.0f})"
        return [Row("an inner call through the adapter over a Unix socket, added p50", figure, "≤ 80 µs", "≤ 40 µs")]

    def details(self):
        lines = [["request", "p50 µs", "p95 µs", "p99 µs", "requests"]]
        for name, rounds in (("data in the process", self.inside), ("data at a Unix socket", self.apart)):
            times = [us for one in rounds for us in one]
            lines.append([name, *(f"{share(times, part):.0f}" for part in (0.5, 0.95, 0.99)), f"{len(times):,}"])
        return lines
