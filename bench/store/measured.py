"""All that is measured of the store, as rows of a table: each with what this version reaches at least, and what it aims
at; and the times that the rows are made of."""

import statistics

from runner.rows import Row
from store import backup, commits, listing, logs, share, tell

backup_bytes = 1 << 30


class Measured:
    def __init__(self, program, folder, sizes, rounds):
        self.sizes = sizes
        (folder / "commits").mkdir()
        self.commits = commits.Commits(program, folder / "commits")
        with listing.made_full(program, folder / "full", sizes.executions, sizes.functions) as full:
            tell("reads, and calls beside those of an empty store")
            self.times = listing.read_times(full, sizes.functions, rounds)
            with listing.with_functions(program, folder / "empty") as empty:
                self.calls = listing.call_times(full, empty, rounds)
            self.times |= logs.log_times(full, sizes.lines, rounds)
            tell("starts after kill -9")
            self.times["start after kill -9, to ready"] = listing.start_times(full)
            bytes_of_one = (full.folder / "data/data.db").stat().st_size / sizes.executions
        in_backup = int(backup_bytes * min(1, sizes.executions / 1e7) / bytes_of_one)
        with listing.made_full(program, folder / "backup", in_backup, sizes.functions) as stored:
            self.backup_mib = (stored.folder / "data/data.db").stat().st_size >> 20
            tell("backups under load")
            paced = backup.call_times(stored, program, backup.calls_a_second)
            full = backup.call_times(stored, program)
            self.stalls = {f"{backup.calls_a_second} calls/s": paced[:2], f"{backup.clients} clients without a pause": full[:2]}
            self.backups = paced[2] + full[2]
            self.disk = backup.disk_times(stored, statistics.mean(self.backups) / 1e3)
        for state, (full_ms, empty_ms) in self.calls.items():
            self.times |= {f"call, {state}, full store": full_ms, f"call, {state}, empty store": empty_ms}

    def rows(self):
        return [*self._commit_rows(), *self._read_rows(), *self._call_rows(), *self._stop_rows()]

    def _commit_rows(self):
        ratio = self.commits.ratio
        return [
            Row("durable executions/s of one function, 64 waiting clients ÷ one commit each under a mutex",
                ratio("grouped_1", "each_1"), "≥ 8", "≥ 10"),
            Row("the same, each client of a function of its own", ratio("grouped_64", "each_64")),
            Row("durable commit at 1 client, p50 ÷ fdatasync of 4 kB", ratio("commit_us", "append_us"), "≤ 1.5", "≤ 1.2"),
            Row("durable commit at 1 client, p50 ÷ fdatasync of 4 kB over others", ratio("commit_us", "overwrite_us")),
        ]

    def _within(self, measure, name, part, reach, aim):
        what = "p50" if part == 0.5 else "p95"
        return Row(f"{measure}, {what}", f"{share(self.times[name], part):.2f} ms", f"≤ {reach} ms", f"≤ {aim} ms")

    def _read_rows(self):
        stored = f"at {self.sizes.executions:,} executions"
        return [
            self._within(f"bill {stored}", "bill", 0.5, "1", "0.1"),
            self._within(f"newest 50 executions {stored}", "newest 50", 0.95, "5", "1"),
            self._within(f"newest 100 log lines {stored}", "newest 100 log lines", 0.95, "5", "1"),
            self._within(f"log search in {self.sizes.lines:,} lines of one function", "log search", 0.95, "100", "30"),
            self._within("tail delay, print() to follower", "print() to follower", 0.95, "200", "20"),
        ]

    def _call_rows(self):
        for state, (full, empty) in self.calls.items():
            measure = f"call, {state}, p50 with {self.sizes.executions:,} executions and {self.sizes.functions:,} functions"
            ratio = f"{statistics.median(full) / statistics.median(empty):.3f}"
            yield Row(f"{measure} ÷ empty store", ratio, *(("≤ 1.1", "≤ 1.03") if state == "fresh" else ()))

    def _stop_rows(self):
        starts = self.times["start after kill -9, to ready"]
        return [
            *self._stalls(),
            Row("start after kill -9, to ready", f"{statistics.median(starts):.0f} ms ({min(starts):.0f}–{max(starts):.0f})",
                "≤ 500 ms", "≤ 200 ms"),
        ]

    def _stalls(self):
        for load, (during, without) in self.stalls.items():
            longest = [max(took) for took in during]
            each = ", ".join(f"{ms:.0f}" for ms in longest)
            otherwise = max(max(took) for took in without)
            yield Row(f"backup of {self.backup_mib:,} MiB, {load}: longest stall of a call",
                      f"{max(longest):.0f} ms ({each}); without {otherwise:.0f} ms; the disk's own {max(self.disk):.0f} ms",
                      "≤ 50 ms", "≤ 10 ms")

    def details(self):
        """The times that the rows are made of, and others of the same run, a line each."""
        times = dict(self.times)
        for load, (during, without) in self.stalls.items():
            for name, kept in ((f"call, {load}, during a backup", during), (f"call, {load}, without", without)):
                times[name] = [ms for took in kept for ms in took]
        times["fdatasync of 16 KiB beside a copy, without Kappa"] = self.disk
        times["backup"] = self.backups
        lines = [["what", "p50 ms", "p95 ms", "longest ms", "times"]]
        for name, ms in times.items():
            lines.append([name, *(f"{share(ms, part):.2f}" for part in (0.5, 0.95, 1)), f"{len(ms):,}"])
        return lines

    def commit_details(self):
        median = self.commits.median
        figures = {
            "executions/s of one function, 64 waiting clients": f"{median('grouped_1'):,.0f}",
            "the same, one commit each under a mutex": f"{median('each_1'):,.0f}",
            "executions/s of 64 functions, 64 waiting clients": f"{median('grouped_64'):,.0f}",
            "the same, one commit each under a mutex ": f"{median('each_64'):,.0f}",
            "commit at 1 client, p50": f"{median('commit_us'):.0f} µs",
            "one commit each, 1 client, p50": f"{median('peer_us'):.0f} µs",
            "fdatasync of 4 kB behind the end of a file, p50": f"{median('append_us'):.0f} µs",
            "fdatasync of 4 kB over others, p50": f"{median('overwrite_us'):.0f} µs",
        }
        return [["durable outcomes", "figure"], *map(list, figures.items())]
