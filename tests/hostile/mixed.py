# Many calls of every kind at four connections; afterwards nothing may have grown: no zombie, no process, no descriptor of the
# server's or the template's, no file, no control group, no memory; and the ledger and the bill have every call once.
# What there is after a fifth of the calls is what the rest must not add to. The calls' order is the seed's.
# usage: mixed.py PROGRAM [CALLS] [--seed N] [--limits-by server|function]
import argparse
import collections
import os
import random
import re
import sys
import threading
import time
from server import Server, control_groups, descendants, field, left_files, settled, shared_files

HERE = os.path.dirname(os.path.abspath(__file__))
CONNECTIONS = 4
MEMORY_MB = 64
TIMEOUT_MS = {"server": 1000, "function": 100}  # the server's is every call's: on a busy machine none may reach it but one kind
UPKEEP_S = 3  # how often the server puts its spares in order, and more
RSS_KB = 1024  # what the server may grow by in 100,000 calls; it is also what fewer may, for memory comes in pieces
CACHES_KB, CACHES_CALLS = 4096, 10_000  # SQLite's page caches fill up in the first calls (measured: 2.3 MiB in 8,000)
LEDGER_PAGE = 1000
CONNECTIONS_PER_FILE = 3  # a writer and at most two readers, each opened when it is first needed; each holds the WAL too
DATA_FILES = r"(data|fn_code)\.db(-wal|-shm)?|lock|fn_logs/fn_logs-\d{4}-\d\d-\d\d\.db(-wal|-shm)?"
# kind: how many in a hundred, and its verdict
KINDS = {"returns": (59, "ok"), "raises": (10, "error"), "no_json": (5, "bad_result"), "exits": (5, "exited"),
         "crashes": (5, "crashed"), "takes_memory": (4, "out_of_memory"), "leaves_a_daemon": (4, "ok"), "prints": (3, "ok"),
         "writes_files": (2, "ok"), "uses_threads": (2, "ok"), "sleeps": (1, "timeout")}


class Calls:
    """Hands out the calls to make, and keeps what was wrong with those made."""

    def __init__(self, seed, limits_by):
        self.random, self.limits_by = random.Random(seed), limits_by
        self.lock, self.number, self.until = threading.Lock(), 0, 0
        self.verdicts, self.wrong = collections.Counter(), []

    def next(self):
        with self.lock:
            if self.number == self.until:
                return None
            self.number += 1
            return self.number, self.random.choices(list(KINDS), [weight for weight, _ in KINDS.values()])[0]

    def make(self, client):
        """On one connection, until all are made."""
        while call := self.next():
            number, kind = call
            reply = client.call("sleeper" if kind == "sleeps" else "mixed", kind=kind, number=number)
            with self.lock:
                self.verdicts[reply["verdict"]] += 1
                if reply["verdict"] != KINDS[kind][1] or (reply["verdict"] == "ok" and reply["output"] != number):
                    self.wrong.append(f"call {number} {kind}: {reply['verdict']} {reply.get('error')} {reply.get('output')}")

    def make_all(self, until, clients):
        self.until = until
        threads = [threading.Thread(target=self.make, args=(client,)) for client in clients]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if self.number < until:
            self.wrong.append(f"{until - self.number} calls were not made")


def descriptors(pid):
    """0 of a process that is gone."""
    try:
        return len(os.listdir(f"/proc/{pid}/fd"))
    except FileNotFoundError:
        return 0


def databases(server):
    """Files of the server's data folder that it has open: how often each."""
    folder = f"/proc/{server.pid}/fd"
    targets = [os.readlink(os.path.join(folder, number)) for number in os.listdir(folder)]
    return collections.Counter(target for target in targets if target.startswith(server.data) and ".db" in target)


class Snapshot:
    """What the server has, once its spares are in order."""

    def __init__(self, server):
        template = server.template()
        settled(lambda: (sorted(descendants(os.getpid())), descriptors(server.pid)), UPKEEP_S, 60)
        self.processes = descendants(os.getpid())
        self.zombies = [pid for pid, process in self.processes.items() if process.state == b"Z"]
        self.template = template
        self.databases = databases(server)
        self.descriptors = descriptors(server.pid) - sum(self.databases.values())
        self.template_descriptors = descriptors(template)
        self.below_descriptors = sum(descriptors(pid) for pid in self.processes if pid != server.pid)
        self.threads = len(os.listdir(f"/proc/{server.pid}/task"))
        self.rss_kb = field(f"/proc/{server.pid}/smaps_rollup", "Anonymous")
        self.template_rss_kb = field(f"/proc/{template}/smaps_rollup", "Private_Dirty")
        self.data = {os.path.relpath(os.path.join(folder, name), server.data)
                     for folder, _, names in os.walk(server.data) for name in names}


def ledger(client):
    """How many executions there are: all, and those that have ended."""
    found, ended, before = 0, 0, ""
    while before is not None:
        page = client.must("GET", f"/executions?limit={LEDGER_PAGE}" + (f"&before={before}" if before else ""))
        found += len(page["executions"])
        ended += sum("ended_at" in execution for execution in page["executions"])
        before = page.get("next")
    return found, ended


class Report:
    """Figures, each with what it must be."""

    def __init__(self):
        self.failed = False

    def row(self, what, got, holds, wanted):
        self.failed |= not holds
        print(f"{what:<38} {got!s:>24}   {wanted:<32} {'ok' if holds else 'FAILED'}", flush=True)

    def same(self, what, first, then):
        self.row(what, f"{first} -> {then}", first == then, "the same")

    def at_most(self, what, first, then):
        self.row(what, f"{first} -> {then}", then <= first, "no more")

    def none(self, what, found):
        self.row(what, len(found), not found, "none")
        for one in list(found)[:10]:
            print(f"    {one}")


def report_all(report, calls, first, last, made_between, ledger_now, bill):
    report.none("verdicts not as expected", calls.wrong)
    report.none("zombies", last.zombies)
    report.same("processes", len(first.processes), len(last.processes))
    report.at_most("server's descriptors but databases", first.descriptors, last.descriptors)
    most_open = max(last.databases.values())
    report.row("times a database is open", most_open, most_open <= CONNECTIONS_PER_FILE, f"at most {CONNECTIONS_PER_FILE}")
    report.same("template", first.template, last.template)
    report.same("template's descriptors", first.template_descriptors, last.template_descriptors)
    report.same("descriptors of all below the server", first.below_descriptors, last.below_descriptors)
    report.same("server's threads", first.threads, last.threads)
    report.none("unexpected files in the data folder", [name for name in last.data if not re.fullmatch(DATA_FILES, name)])
    allowed_kb = max(RSS_KB, RSS_KB * made_between // 100_000)
    caches_kb = CACHES_KB if calls.number - made_between < CACHES_CALLS else 0
    for what, before, after, most in (("server", first.rss_kb, last.rss_kb, allowed_kb + caches_kb),
                                      ("template", first.template_rss_kb, last.template_rss_kb, allowed_kb)):
        report.row(f"{what}'s own memory, KiB", f"{before} {after - before:+}", after - before <= most, f"at most {most} more")
    report.row("executions in the ledger", ledger_now[0], ledger_now[0] == calls.number, f"{calls.number} calls")
    report.row("finished executions", ledger_now[1], ledger_now[1] == calls.number, "all")
    report.row("bill", bill, bill == ledger_now[1], "the finished executions")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("calls", type=int, nargs="?", default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--limits-by", choices=["server", "function"], default="server")
    asked = parser.parse_args()
    calls, report, fifth = Calls(asked.seed, asked.limits_by), Report(), max(asked.calls // 5, 1)
    own, timeout_ms = asked.limits_by == "function", TIMEOUT_MS[asked.limits_by]
    files, groups = shared_files(), control_groups()
    with Server(asked.program, **({} if own else {"timeout_ms": timeout_ms, "memory_mb": MEMORY_MB})) as server:
        user = server.sign_up("ada")
        with open(os.path.join(HERE, "mixed_function.py"), encoding="utf-8") as file:
            code = file.read()
        user.create("mixed", code, {"memory_mb": MEMORY_MB} if own else None)
        user.create("sleeper", code, {"timeout_ms": timeout_ms} if own else None)
        clients = [user.again() for _ in range(CONNECTIONS)]
        calls.make_all(fifth, clients)
        first, begin = Snapshot(server), time.monotonic()
        calls.make_all(asked.calls, clients)
        took_s, last = time.monotonic() - begin, Snapshot(server)
        asker = user.again()  # the server has closed what rested for so long
        print(f"{calls.number} calls, seed {asked.seed}, {(calls.number - fifth) / took_s:.0f} a second: {dict(calls.verdicts)}")
        report_all(report, calls, first, last, calls.number - fifth, ledger(asker), asker.must("GET", "/bill")["total"])
        report.none("temporary files", left_files(files, {*first.processes, *last.processes}))
        said = server.log().decode(errors="replace").splitlines()
    report.none("processes after the server's end", settled(lambda: sorted(descendants(os.getpid()))))
    report.none("control groups", [path for path in control_groups() - groups if f"/kappa-{server.pid}" in path])
    if report.failed:
        print("the server said last:", *said[-20:], sep="\n    ")
    sys.exit(1 if report.failed else 0)


main()
