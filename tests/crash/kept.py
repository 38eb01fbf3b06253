# A server whose data folder outlives it: started again and again, killed or ended; and what lies in that folder.
import contextlib
import glob
import os
import re
import select
import signal
import sqlite3
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, os.pardir, "hostile"))
from server import PASSWORD, Client, adopt_orphans, descendants, settled  # noqa: E402,F401

START_S = 30  # a test machine may be busy; how long it takes is told apart from whether it starts at all


class Ended(Exception):
    """The server ended instead of getting ready; what it said."""


class KeptServer:
    """`kappa serve` on `data`, which need not exist; `keys` are settings by their full names, `before` is a command that it
    is run under, `environment` comes on top of this process's."""

    def __init__(self, program, data, keys=None, before=(), environment=None):
        adopt_orphans()
        self.command = [*before, os.path.abspath(program), "serve", "--listen", "127.0.0.1:0", "--data", data,
                        "--related.enabled", "false", "--http.access_log", "false"]
        for key, value in (keys or {}).items():
            self.command += ["--" + key, str(value)]
        self.data, self.log_path, self.environment = data, data + ".log", environment
        self.process, self.address = None, None

    def start(self, within_s=START_S):
        """Seconds until it was ready."""
        begin = time.monotonic()
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, stderr=log, stdin=subprocess.DEVNULL,
                                            env={**os.environ, **(self.environment or {})}, start_new_session=True)
        ready = select.select([self.process.stdout], [], [], within_s)[0]
        took_s = time.monotonic() - begin
        told = re.search(rb"http://(\S+)", self.process.stdout.readline()) if ready else None
        if not told:
            self.kill()
            raise Ended(f"the server did not get ready in {took_s:.1f} s: {self.log()[-2000:].strip()}")
        self.address = told.group(1).decode()
        return took_s

    def kill(self):
        """As by the kernel: nothing is put in order. Of the server alone: what it started has to notice."""
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.process = None

    def stop(self):
        """Its exit code, after SIGTERM."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(START_S)
        self.process.stdout.close()
        self.process = None
        return code

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def client(self, token=None):
        return Client(self.address, token)

    def sign_up(self, username):
        client = self.client()
        client.must("POST", "/signup", {"username": username, "password": PASSWORD})
        client.token = client.must("POST", "/login", {"username": username, "password": PASSWORD})["access_token"]
        return client


def left_processes(within_s=10.0):
    """What still runs of servers that were killed, after a while to notice."""
    end = time.monotonic() + within_s
    while (left := descendants(os.getpid())) and time.monotonic() < end:
        reap()
        time.sleep(0.01)
    return left


def reap():
    """Buries what was adopted; servers are waited for where they are started."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def databases(data):
    return sorted([os.path.join(data, "data.db"), os.path.join(data, "fn_code.db"),
                   *glob.glob(os.path.join(data, "fn_logs", "fn_logs-*.db"))])


@contextlib.contextmanager
def reading(path):
    """A connection that changes nothing, beside the server's own."""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)
    try:
        yield connection
    finally:
        connection.close()


def damage(data):
    """What PRAGMA integrity_check and foreign_key_check have to say about any of the files."""
    found = []
    for path in databases(data):
        with reading(path) as db:
            told = [row[0] for row in db.execute("PRAGMA integrity_check")]
            found += [] if told == ["ok"] else [f"{os.path.basename(path)}: {line}" for line in told]
            found += [f"{os.path.basename(path)}: refers to nothing: {row}" for row in db.execute("PRAGMA foreign_key_check")]
    return found


def orphans(data):
    """What belongs to no function, or to one that is not live."""
    found = []
    with reading(os.path.join(data, "data.db")) as db:
        states = dict(db.execute("SELECT fn_id, state FROM function"))
        found += [f"function {fn_id.hex()} is {state}" for fn_id, state in states.items() if state not in ("live", "deleted")]
    live = {fn_id for fn_id, state in states.items() if state == "live"}
    with reading(os.path.join(data, "fn_code.db")) as db:
        holders = dict(db.execute("SELECT fn_id, code_id FROM holder"))
        code = {row[0] for row in db.execute("SELECT code_id FROM code")}
    found += [f"code is held by {fn_id.hex()}, which is not live" for fn_id in holders.keys() - live]
    found += [f"live function {fn_id.hex()} holds no code" for fn_id in live - holders.keys()]
    found += [f"code {code_id} is held by nobody" for code_id in code - set(holders.values())]
    for path in databases(data)[2:] if len(databases(data)) > 2 else ():
        with reading(path) as db:
            tables = {row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            for table in {"output", "exchange"} & tables:
                found += [f"{os.path.basename(path)} has {table} of {row[0].hex()}, which is not live"
                          for row in db.execute(f"SELECT DISTINCT fn_id FROM {table}") if row[0] not in live]
    return found
