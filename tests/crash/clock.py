# The wall clock steps by an hour, forth and back, also while functions run, and goes over midnight from 23:30 UTC: deadlines
# are kept by the monotonic clock, ids and pages stay in order, tokens hold, logs are whole.
# usage: clock.py PROGRAM STEPPED_CLOCK
import datetime
import os
import struct
import sys
import threading
import time
from asking import Report, account_is_whole, ask, invoke, new_folder, until
from kept import KeptServer, databases

HOUR_S = 3600
LIMIT_MS, LONG_MS = 1000, 10_000
CODE = """import time
def main(*, number, seconds=0.0):
    print("number", number)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(0.01)
    return number
"""


class SteppedClock:
    def __init__(self, path):
        self.path, self.step_s = path, 0
        self.set(0)

    def set(self, step_s):
        self.step_s = int(step_s)
        with open(self.path, "r+b" if os.path.exists(self.path) else "wb") as file:
            file.write(struct.pack("=q", self.step_s))

    def now(self):
        return datetime.datetime.fromtimestamp(time.time() + self.step_s, datetime.timezone.utc)


class Calls:
    """Numbered calls, one after the other."""

    def __init__(self, client, report):
        self.client, self.report, self.ids, self.number = client, report, [], 0

    def make(self, what, count=3):
        for _ in range(count):
            reply = invoke(self.client, "f", {"number": self.number})
            self.report.expect(f"{what}: a call", reply.status == 200, reply)
            if reply.status == 200:
                self.ids.append(reply.json["exec_id"])
            self.number += 1

    def look(self, what):
        """Ids rise; pages of two give the same order, newest first; so do the logs, oldest first."""
        self.report.expect(f"{what}: ids are in order", self.ids == sorted(self.ids), self.ids)
        listed, before = [], ""
        while before is not None:
            page = self.client.must("GET", "/executions?limit=2" + (f"&before={before}" if before else ""))
            listed += [row["exec_id"] for row in page["executions"] if row["fn"] == "f"]
            before = page.get("next")
        self.report.expect(f"{what}: pages are in order", listed == self.ids[::-1], listed)
        logs = self.client.must("GET", "/functions/f/logs/")["logs"]
        printed = [line for line in range(self.number) for entry in logs if f"number {line}\\" in entry["content"]]
        places = [at for number in range(self.number) for at, entry in enumerate(logs) if f"number {number}\\" in entry["content"]]
        self.report.expect(f"{what}: logs are whole and in order", printed == list(range(self.number)) and places == sorted(places), logs)
        self.report.expect(f"{what}: the token holds", ask(self.client, "GET", "/user/me").status == 200)


def step_while_running(report, clock, client, by_s, what):
    """A call within its limit is not ended by the step, one beyond it is, and in time."""
    replies = {}

    def call(name, seconds):
        replies[name] = invoke(client, name, {"number": -1, "seconds": seconds})

    threads = [threading.Thread(target=call, args=("f", 0.6)), threading.Thread(target=call, args=("short", 5.0))]
    for thread in threads:
        thread.start()
    until(lambda: sum(not row.get("verdict") for row in client.must("GET", "/executions")["executions"]) == len(threads))
    clock.set(clock.step_s + by_s)
    for thread in threads:
        thread.join()
    report.expect(f"{what}: a call within its limit goes on", replies["f"].status == 200, replies["f"])
    late = replies["short"]
    report.expect(f"{what}: one beyond it is ended in time", late.json["verdict"] == "timeout" and late.took_s < 2 * LIMIT_MS / 1000
                  and LIMIT_MS <= late.json["wall_ms"] < 1.5 * LIMIT_MS, late)
    return replies["f"].json["exec_id"]


def main():
    report, (folder, data) = Report(), new_folder()
    clock = SteppedClock(os.path.join(folder, "clock"))
    os.chmod(folder, 0o755)
    now = clock.now()
    clock.set((now.replace(hour=23, minute=30, second=5, microsecond=0) - now).total_seconds())
    server = KeptServer(sys.argv[1], data, environment={"LD_PRELOAD": os.path.abspath(sys.argv[2]), "KAPPA_TEST_CLOCK": clock.path})
    server.start()
    client = server.sign_up("ada")
    client.create("f", CODE, {"timeout_ms": LONG_MS})
    client.create("short", CODE, {"timeout_ms": LIMIT_MS})
    calls = Calls(client, report)
    calls.make("at 23:30 UTC")
    calls.look("at 23:30 UTC")
    told = client.must("GET", f"/executions/{calls.ids[0]}")["ended_at"]
    report.expect("at 23:30 UTC: the time is told as it is", "T23:3" in told, told)
    for by_s, what in ((HOUR_S, "an hour forth, past midnight"), (-HOUR_S, "an hour back"), (-HOUR_S, "another hour back"),
                       (HOUR_S, "an hour forth again")):
        calls.ids.append(step_while_running(report, clock, client, by_s, what))
        calls.make(what)
        calls.look(what)
    report.expect("both days have a file of logs", len(databases(data)) == 4, databases(data))
    report.expect("the account is whole", *account_is_whole(client))
    client.close()
    report.expect("it ends properly", server.stop() == 0)
    report.end(server, folder)


main()
