# The data of Kappa 0.1.0 under the present program, which is killed before any system call with which it changes a file while
# it brings them up to date: each database is as it was or new, and the next start has all of it.
# usage: migration.py PROGRAM PROJECT KILL_AT [--points N]   by hand with --points 1000: every point
import argparse
import collections
import contextlib
import glob
import os
import shutil
import sqlite3
import tempfile
import time
from asking import Report, until
from kept import Ended, KeptServer, damage, databases, reading
from killed_at import KilledServer, need_tracing, points
from old_folder import DAYS, EXECUTIONS, TOKEN, make_old_folder, newest_version

POINTS = 24


def module_of(path):
    return "fn_logs" if "fn_logs" in path else os.path.basename(path).removesuffix(".db")


class Folder:
    def __init__(self, asked, base):
        self.asked, self.base, self.data = asked, base, os.path.join(base, "data")

    def renew(self):
        for left in glob.glob(self.data + "*"):
            shutil.rmtree(left) if os.path.isdir(left) else os.unlink(left)
        shutil.copytree(os.path.join(self.base, "old"), self.data)

    def version(self, path):
        with contextlib.suppress(sqlite3.OperationalError), reading(path) as db:  # SQLite takes it back from the log just now
            return db.execute("SELECT max(n) FROM schema_migration").fetchone()[0]
        return 0

    def is_new(self):
        return all(self.version(path) == newest_version(self.asked.project, module_of(path)) for path in databases(self.data))

    def killed_at(self, k):
        return KilledServer(self.asked.kill_at, self.asked.program, self.data, k).run(self.is_new)

    def rows(self, path):
        """How many of what there was."""
        tables = {"data": ("user", "session", "function", "event", "execution", "usage"), "fn_code": ("code", "holder"),
                  "fn_logs": ("output",)}[module_of(path)]
        with reading(path) as db:
            return [db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables]

    def after_kill(self, before):
        """What is wrong, and which databases are new."""
        wrong, new = damage(self.data), set()
        for path in databases(self.data):
            name, version = os.path.relpath(path, self.data), self.version(path)
            newest = newest_version(self.asked.project, module_of(path))
            if version not in (1, newest):
                wrong.append(f"{name} is at version {version}, between 1 and {newest}")
            if name in before and self.rows(path) != before[name]:
                wrong.append(f"{name} has {self.rows(path)} rows, not {before[name]}")
            if version == newest:
                new.add(name)
        for copy in glob.glob(os.path.join(self.data, "**", "*.db.v1"), recursive=True):
            with reading(copy) as db:
                if db.execute("PRAGMA integrity_check").fetchone()[0] != "ok" or self.version(copy) != 1:
                    wrong.append(f"the copy {copy} is not whole")
        return wrong, new

    def after_start(self):
        """The next start, without trouble: all is there, and it works."""
        server = KeptServer(self.asked.program, self.data)
        server.start()
        wrong = [] if until(self.is_new) else ["not everything is brought up to date"]
        client, total = server.client(TOKEN), len(DAYS) * EXECUTIONS
        if (bill := client.must("GET", "/bill")) != {"total": total + 7, "fn": {"gone": 7, "hello": total}}:
            wrong.append(f"the bill is {bill}")
        rows = client.must("GET", "/executions?limit=1000")["executions"]
        if collections.Counter(row["verdict"] for row in rows) != {"ok": total * 9 // 10, "error": total // 10}:
            wrong.append(f"{len(rows)} executions")
        logs = str(client.must("GET", "/functions/hello/logs/")["logs"])
        lines = [f"day {day} number {number}" for day in DAYS for number in (0, EXECUTIONS - 1)]
        wrong += [f"the line '{line}' is lost" for line in lines if line not in logs]
        if (called := client.call("hello"))["verdict"] != "ok":
            wrong.append(f"a call gives {called}")
        client.close()
        server.stop()
        wrong += damage(self.data) + [f"{left} is left" for left in glob.glob(os.path.join(self.data, "**", "*.part"), recursive=True)]
        return wrong


def main():
    parser = argparse.ArgumentParser()
    for name in ("program", "project", "kill_at"):
        parser.add_argument(name)
    parser.add_argument("--points", type=int, default=POINTS, help="so many, evenly over all")
    report, base, asked = Report(), tempfile.mkdtemp(prefix="kappa-migration-"), parser.parse_args()
    need_tracing(asked.kill_at)
    folder = Folder(asked, base)
    make_old_folder(os.path.join(base, "old"), asked.project, int(time.time() * 1e6))
    folder.renew()
    before = {os.path.relpath(path, folder.data): folder.rows(path) for path in databases(folder.data)}
    how, count = folder.killed_at(0)
    report.expect("it gets there", how == "stopped" and folder.is_new(), how)
    seen, wrong, killed, tried = collections.Counter(), [], 0, points(count, asked.points)
    for k in tried:
        folder.renew()
        try:
            how, _ = folder.killed_at(k)
            killed += how == "killed"
            here, new = folder.after_kill(before)
            seen.update(new)
            here += folder.after_start()
        except Ended as ended:
            here = [str(ended)]
        wrong += [f"killed before call {k}: {line}" for line in here]
    report.expect(f"at {killed} of {count} points old or new, and then all of it", not wrong, wrong[:5])
    report.expect("it was killed at most of them", killed >= len(tried) // 2, killed)
    changing = [name for name in before if newest_version(asked.project, module_of(name)) > 1]
    report.expect("there were old ones and new ones of each", all(0 < seen[name] < killed for name in changing), seen)
    report.end(KeptServer(asked.program, folder.data), base)


main()
