# kill -9 of the server at random moments under load, and while it starts; then all that it had acknowledged must be there
# again, and nothing that it had deleted. Each series of kills has a data folder of its own. The order of all is the seed's.
# usage: crash.py PROGRAM [KILLS] [--seed N]
import argparse
import itertools
import os
import random
import shutil
import statistics
import sys
import tempfile
import threading
import time
from acknowledged import GONE, Account, Wrong
from kept import PASSWORD, Ended, KeptServer, damage, left_processes, orphans

CONNECTIONS = 4
KILLS_A_FOLDER = 25
USERS_A_CONNECTION = 3  # the newest; those before rest, and are still looked at
LOAD_S = (0.0, 0.3)  # from ready to the kill
KILLED_WHILE_STARTING = 0.15  # so many of the kills come before the server is ready
READY_MS = 500


class Load:
    """One connection's users, and what they do until the server goes away."""

    def __init__(self, folder_name, index, seed):
        self.name, self.index, self.random = folder_name, index, random.Random(seed)
        self.accounts, self.wrong = [], []

    def account(self):
        if not self.accounts or self.random.random() < 0.02:
            username = f"{self.name}-{self.index}-{len(self.accounts)}"
            self.accounts.append(Account(username, PASSWORD, self.random.random()))
        return self.random.choice(self.accounts[-USERS_A_CONNECTION:])

    def run(self, server):
        client = server.client()
        try:
            while True:
                client.token = None
                self.account().act(client)
        except GONE:
            return
        except Wrong as wrong:
            self.wrong.append(str(wrong))
        finally:
            client.close()


class Series:
    """Kills on one data folder."""

    def __init__(self, program, folder, number, seed):
        self.random = random.Random(seed)
        self.server = KeptServer(program, os.path.join(folder, f"data{number}"), {"runner.timeout_ms": 5000})
        self.loads = [Load(f"u{number}", index, self.random.random()) for index in range(CONNECTIONS)]
        self.starts_s, self.wrong, self.kills, self.killed_early = [], [], 0, 0

    def accounts(self):
        return list(itertools.chain.from_iterable(load.accounts for load in self.loads))

    def kill_while_starting(self):
        """Anywhere between exec and ready; whatever it did until then must hold as well."""
        try:
            self.server.start(self.random.uniform(0.0, 0.15))
            self.server.kill()
        except Ended:
            pass
        self.kills += 1
        self.killed_early += 1

    def kill_under_load(self):
        threads = [threading.Thread(target=load.run, args=(self.server,)) for load in self.loads]
        for thread in threads:
            thread.start()
        time.sleep(self.random.uniform(*LOAD_S))
        self.server.kill()
        for thread in threads:
            thread.join()
        self.kills += 1

    def check(self):
        client = self.server.client()
        for load in self.loads:
            self.wrong += load.wrong
            load.wrong = []
        for account in self.accounts():
            self.wrong += account.check(client)
        client.close()
        self.wrong += damage(self.server.data) + orphans(self.server.data)

    def run(self, kills):
        """Until so many kills are done, or something is wrong."""
        self.starts_s.append(self.server.start())
        while self.kills < kills and not self.wrong:
            self.kill_under_load()
            while self.kills < kills and self.random.random() < KILLED_WHILE_STARTING:
                self.kill_while_starting()
            self.starts_s.append(self.server.start())
            self.check()
        if self.wrong:
            print("the server said last:", *self.server.log().splitlines()[-20:], sep="\n    ")
        self.wrong += [] if self.server.stop() == 0 else ["the server does not end properly"]


def run_all(asked, folder):
    """Every series; the last one tells whether anything was wrong."""
    every, begin = [], time.monotonic()
    kills = asked.kills
    while kills > 0:
        series = Series(asked.program, folder, len(every), asked.seed * 1000 + len(every))
        every.append(series)
        series.run(min(kills, KILLS_A_FOLDER))
        kills -= series.kills
        if series.wrong:
            break
        shutil.rmtree(series.server.data)
        if asked.kills > 100:
            print(f"{asked.kills - kills} kills, {time.monotonic() - begin:.0f} s", flush=True)
    return every, time.monotonic() - begin


def main():
    parser = argparse.ArgumentParser(description="Kills the server at random moments, and looks for what is lost.")
    parser.add_argument("program")
    parser.add_argument("kills", type=int, nargs="?", default=1000)
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(4), "big"))
    asked = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="kappa-crash-")
    every, took_s = run_all(asked, folder)
    wrong = list(itertools.chain.from_iterable(series.wrong for series in every))
    wrong += [f"process {pid} still runs" for pid in left_processes()]
    starts_ms = [1000 * start_s for series in every for start_s in series.starts_s]
    accounts = list(itertools.chain.from_iterable(series.accounts() for series in every))
    print(f"seed {asked.seed}: {sum(series.kills for series in every)} kills in {took_s:.0f} s, "
          f"{sum(series.killed_early for series in every)} of them while it started")
    print(f"acknowledged: {sum(account.known for account in accounts)} users, "
          f"{sum(len(account.live) for account in accounts)} functions live and "
          f"{sum(len(account.deleted) for account in accounts)} deleted, "
          f"{sum(len(account.executions) for account in accounts)} executions; "
          f"{sum(account.open_calls for account in accounts)} calls were cut off")
    print(f"ready after {statistics.median(starts_ms):.0f} ms (median), {max(starts_ms):.0f} ms (worst)")
    if statistics.median(starts_ms) > READY_MS:
        wrong.append(f"half of the starts took longer than {READY_MS} ms")
    print(f"lost, come back, doubled, damaged or left: {len(wrong)}", *wrong[:20], sep="\n    ")
    if wrong:
        print(f"the data is kept in {folder}")
    else:
        shutil.rmtree(folder)
    sys.exit(1 if wrong else 0)


main()
