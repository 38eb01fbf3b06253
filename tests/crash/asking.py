# What the tests of one trouble each share: whole replies, how long they took, and what was expected of them.
import http.client
import json
import os
import shutil
import sys
import tempfile
import time
from kept import START_S

SLEEP_S = 1.0
REFUSED_S = 0.5  # a call that sleeps and is answered this soon has not run
SLEEPER = f"import time\ndef main():\n    time.sleep({SLEEP_S})\n    return 'slept'\n"
GREETER = "def main():\n    print('hello to the log')\n    return 'hello'\n"


class Reply:
    def __init__(self, status, fields, text, took_s):
        self.status, self.fields, self.text, self.took_s = status, fields, text, took_s
        self.json = json.loads(text) if text[:1] in (b"{", b"[") else None

    def __str__(self):
        return f"{self.status} in {self.took_s:.2f} s: {self.text[:300]!r}"


def ask(client, method, path, body=None):
    """On a connection of its own."""
    begin = time.monotonic()
    connection = http.client.HTTPConnection(client.address, timeout=START_S)
    connection.request(method, path, None if body is None else json.dumps(body),
                       {"Authorization": f"Bearer {client.token}", "Content-Type": "application/json"})
    reply = connection.getresponse()
    text = reply.read()
    connection.close()
    return Reply(reply.status, reply.headers, text, time.monotonic() - begin)


def invoke(client, name, body=None):
    return ask(client, "POST", f"/functions/{name}/invoke", body or {})


def until(condition, within_s=10.0):
    """What `condition` gives once that is true; its last word when it never is."""
    end = time.monotonic() + within_s
    while not (held := condition()) and time.monotonic() < end:
        time.sleep(0.01)
    return held


def account_is_whole(client):
    """Every execution has its end, and the bill is their sum."""
    rows = client.must("GET", "/executions?limit=1000")["executions"]
    billed = sum(row["verdict"] != "runner_lost" for row in rows if row.get("verdict"))
    open_rows = [row["exec_id"] for row in rows if not row.get("verdict")]
    total = client.must("GET", "/bill")["total"]
    return not open_rows and total == billed, f"open {open_rows}, billed {billed}, on the bill {total}"


class Report:
    def __init__(self):
        self.failed = 0

    def expect(self, what, holds, got=""):
        self.failed += not holds
        print(f"{'ok    ' if holds else 'FAILED'} {what}{'' if holds else ': ' + str(got)}", flush=True)

    def end(self, server, folder):
        """Says how it went, and exits."""
        if self.failed:
            print("the server said last:", *server.log().splitlines()[-20:], sep="\n    ")
        server.kill()
        shutil.rmtree(folder, ignore_errors=True)
        sys.exit(1 if self.failed else 0)


def new_folder():
    folder = tempfile.mkdtemp(prefix="kappa-faults-")
    return folder, os.path.join(folder, "data")
