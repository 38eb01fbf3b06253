"""What was measured, as rows of a table: each with what this version reaches at least, and what it aims at."""

import statistics
from typing import NamedTuple

from . import footprint
from .load import Ratio, median
from .speed import Case, states

not_offered = "not in this version"


class Row(NamedTuple):
    measure: str
    figure: str
    reach: str = ""
    aim: str = ""


def _ratio(ratio):
    digits = 1 if ratio.value >= 10 else 2 if ratio.value >= 0.1 else 3
    return f"{ratio.value:.{digits}f} ({ratio.least:.{digits}f}–{ratio.most:.{digits}f})"


class SpeedRows:
    def __init__(self, offered, results):
        self.offered, self.results = offered, results

    def rows(self):
        return [
            self._compared("hello", "fresh", "uWSGI", "≥ 0.12", "≥ 0.20"),
            self._compared("hello", "rewind", "uWSGI", "≥ 0.4", "≥ 0.8"),
            self._compared("hello", "warm", "uWSGI", "≥ 1.0", "≥ 2.0"),
            self._compared("hello", "fresh", "process", "≥ 27", "≥ 45"),
            self._compared("fib", "fresh", "uWSGI", "≥ 0.80", "≥ 0.95"),
            self._compared("fib", "rewind", "uWSGI"),
            self._compared("fib", "warm", "uWSGI", "≥ 0.95", "≥ 0.95"),
            self._beyond("fdatasync", "an fdatasync", "≤ 0.35 ms", "≤ 0.20 ms"),
            self._beyond("logout", "a request with one durable commit"),
            self._cpu("CPU of a call's processes at 8 connections", "below_ms", "≤ 0.85 ms", "≤ 0.50 ms"),
            self._cpu("CPU of a call, server included, at 8 connections", "cpu_ms"),
            *(row for state in states for row in self._many(state)),
        ]

    def _compared(self, function, ours, theirs, reach="", aim=""):
        name = {"uWSGI": "uWSGI's", "process": "a process per call's"}[theirs]
        measure = f"{'fib(25)' if function == 'fib' else function}, {ours}, throughput at 8 connections ÷ {name}"
        if ours not in self.offered:
            return Row(measure, not_offered, reach, aim)
        ratio = Ratio.of(self.results[Case(ours, function, 8)], self.results[Case(theirs, function, 8)])
        return Row(measure, _ratio(ratio), reach, aim)

    def _beyond(self, case, name, reach="", aim=""):
        calls, commits = self.results[Case("fresh", "hello", 1)], self.results[case]
        each = [call.p50_ms - commit for call, commit in zip(calls, commits)]
        middle = median(calls, "p50_ms") - statistics.median(commits)
        figure = f"{middle:.2f} ms ({min(each):.2f}–{max(each):.2f})"
        return Row(f"hello, fresh, p50 at 1 connection beyond {name}", figure, reach, aim)

    def _cpu(self, measure, member, reach="", aim=""):
        calls = self.results[Case("fresh", "hello", 8)]
        each = [getattr(one, member) for one in calls]
        figure = f"{median(calls, member):.2f} ms ({min(each):.2f}–{max(each):.2f})"
        return Row(f"hello, fresh, {measure}", figure, reach, aim)

    def _many(self, state):
        errors, ratio = not_offered, not_offered
        if state in self.offered:
            many, few = (self.results[Case(state, "hello", n)] for n in (64, 8))
            errors, ratio = str(sum(one.errors for one in many)), _ratio(Ratio.of(many, few))
        return [
            Row(f"hello, {state}, errors at 64 connections", errors, "0", "0"),
            Row(f"hello, {state}, throughput at 64 ÷ at 8 connections", ratio, "≥ 0.9", "≥ 0.9"),
        ]

    def details(self):
        """What the rows are made of, a line a case."""
        commits = [("an fdatasync of 4 kB", "fdatasync"), ("POST /logout, 1 connection", "logout")]
        lines = [["case", "calls/s", "p50 ms", "p99 ms", "CPU ms", "errors"]]
        for case, each in self.results.items():
            if not isinstance(case, Case):
                continue
            who = {"process": "a process per call", "uWSGI": "uWSGI"}.get(case.who, f"Kappa, {case.who}")
            function = {"fib": "fib(25)", "lines": "three lines"}.get(case.function, case.function)
            unit = "caller" if case.who == "process" else "connection"
            name = f"{function}, {who}, {case.connections} {unit}{'s' if case.connections > 1 else ''}"
            figures = [f"{median(each, member):.2f}" for member in ("p50_ms", "p99_ms", "cpu_ms")]
            errors = str(sum(one.errors for one in each))
            lines.append([name, f"{median(each, 'per_second'):.0f}", *figures, errors])
        for name, case in commits:
            lines.append([name, "", f"{statistics.median(self.results[case]):.2f}", "", "", ""])
        return lines


def footprint_rows(program, folder, offered, tell):
    """Measures and tells, in this order: memory first, on a machine where no other Python shares pages with ours."""
    may_see = footprint.may_see_memory()

    def memory(measure, measured_mb, digits, reach="", aim=""):
        tell(measure)
        figure = f"{measured_mb():.{digits}f} MiB" if may_see else "only root can see it"
        return Row(measure, figure, reach, aim)

    rows = [memory("memory of an idle server", lambda: footprint.idle_mb(program, folder), 1, "≤ 30 MiB", "≤ 20 MiB")]
    for state in states:
        measure = f"memory of each further hot function, {state}"
        targets = ("≤ 3 MiB", "≤ 1.5 MiB") if state == "fresh" else ()
        if state in offered:
            rows.append(memory(measure, lambda: footprint.hot_mb(program, folder, state), 2, *targets))
        else:
            rows.append(Row(measure, not_offered, *targets))
    tell(f"{footprint.deployed_functions:,} deployed functions")
    growth_mb, start_ms = footprint.deployed(program, folder)
    growth = f"{growth_mb:.3f} MiB" if may_see else "only root can see it"
    rows.append(Row("memory of each idle deployed function", growth, "0", "0"))
    rows.append(Row("start with 1,000 deployed functions, to ready", f"{start_ms:.0f} ms", "< 300 ms", "< 300 ms"))
    tell("creation to first answer")
    first_ms = footprint.first_answers_ms(program, folder)
    figure = f"{statistics.median(first_ms):.1f} ms ({min(first_ms):.1f}–{max(first_ms):.1f})"
    return [Row("creation to first answer", figure, "≤ 5 ms", "≤ 2 ms"), *rows]
