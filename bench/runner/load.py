"""Rounds of load by wrk, and several measurements taken turn by turn."""

import dataclasses
import json
import statistics
import subprocess
import time


@dataclasses.dataclass(frozen=True)
class Round:
    per_second: float
    p50_ms: float
    p99_ms: float
    errors: int
    cpu_ms: float  # of the server and all processes below it, per call
    below_ms: float  # of those below it


# wrk's own report rounds latencies and has a line for errors only when there are some.
report = """
function done(summary, latency)
  local errors = summary.errors
  local bad = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format('\\n{"answered": %d, "us": %d, "p50_us": %d, "p99_us": %d, "errors": %d}\\n',
    summary.requests - errors.status, summary.duration, latency:percentile(50), latency:percentile(99), bad))
end
"""


class Wrk:
    """POSTs one body over and over from a number of connections. Each call of it is one round."""

    def __init__(self, folder, tree, url, arguments, connections, fields):
        self.script = folder / f"wrk-{time.monotonic_ns()}.lua"
        lines = ['wrk.method = "POST"', f"wrk.body = [[{json.dumps(arguments)}]]"]
        lines += [f'wrk.headers["{name}"] = "{value}"' for name, value in fields.items()]
        self.script.write_text("\n".join(lines) + report, encoding="utf-8")
        self.tree, self.url, self.connections = tree, url, connections

    def __call__(self, seconds):
        cpu_before, root_before = self.tree.cpu_ms(), self.tree.root_cpu_ms()
        command = ["wrk", "-t1", f"-c{self.connections}", f"-d{seconds}s", "-s", str(self.script), self.url]
        output = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
        told = json.loads(output.splitlines()[-1])
        time.sleep(0.3)  # what the last calls leave to do, like the next spares, is part of their cost
        # wrk leaves a request under way on each connection; the server has answered it, wrk does not count it.
        calls = told["answered"] + self.connections
        cpu_ms = (self.tree.cpu_ms() - cpu_before) / calls
        return Round(
            per_second=told["answered"] / told["us"] * 1e6,
            p50_ms=told["p50_us"] / 1e3,
            p99_ms=told["p99_us"] / 1e3,
            errors=told["errors"],
            cpu_ms=cpu_ms,
            below_ms=cpu_ms - (self.tree.root_cpu_ms() - root_before) / calls,
        )


def take_turns(cases, rounds, seconds):
    """Case -> results of its rounds. A B A B ..., so that what else the machine does hits all of them alike."""
    for measure in cases.values():
        measure(1)  # the first calls pay for what later ones find ready
    results = {case: [] for case in cases}
    for _ in range(rounds):
        for case, measure in cases.items():
            results[case].append(measure(seconds))
    return results


def median(rounds, member):
    return statistics.median(getattr(one, member) for one in rounds)


@dataclasses.dataclass(frozen=True)
class Ratio:
    """How many times the throughput of one is that of another: the medians', and the range of the single rounds'."""

    value: float
    least: float
    most: float

    @classmethod
    def of(cls, ours, theirs):
        each = [a.per_second / b.per_second for a, b in zip(ours, theirs)]
        return cls(median(ours, "per_second") / median(theirs, "per_second"), min(each), max(each))
