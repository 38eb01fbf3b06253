# A real server, and what its users and its kernel say of it.
import contextlib
import hashlib
import http.client
import json
import os
import re
import select
import signal
import subprocess
import sys
import threading
import time
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
TIMEOUT_MS, LOAD_TIMEOUT_MS, MEMORY_MB, PROCESSES = 5000, 60000, 256, 64


class Kappa:
    def __init__(self, world, layer, state="fresh"):
        self.state = state
        self.world, self.layer = world, layer
        self.program = world.facts["program"]
        self.sum = self.checksum()
        self.process = self.others = None
        self.start()

    def checksum(self):
        with open(self.program, "rb") as file:
            return hashlib.sha256(file.read()).hexdigest()

    def start(self):
        facts = self.world.facts
        launcher = [sys.executable, os.path.join(HERE, "without.py"), self.layer or "nothing", str(facts["uid"]), str(facts["gid"])]
        environment = {"PATH": "/usr/bin:/bin", "HOME": self.world.home, "SECRET": self.world.canary("server-environment")}
        self.process = subprocess.Popen(
            [*launcher, self.program, "serve", "--listen", "127.0.0.1:0", "--data", facts["data"], "--related.enabled", "false",
             "--modules.data.expose", f"unix:{facts['data']}/data.sock",  # so that there is a token file
             "--runner.timeout_ms", str(TIMEOUT_MS), "--runner.load_timeout_ms", str(LOAD_TIMEOUT_MS),
             "--runner.memory_mb", str(MEMORY_MB), "--runner.processes", str(PROCESSES)],
            cwd=facts["folder"], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=open(facts["log"], "a"))
        ready = select.select([self.process.stdout], [], [], 30)[0]
        found = re.search(rb"http://127\.0\.0\.1:(\d+)", self.process.stdout.readline()) if ready else None
        if not found:
            raise SystemExit("the server does not start:\n" + self.log())
        facts["server_port"], facts["server_pid"] = int(found[1]), self.process.pid

    def log(self):
        with open(self.world.facts["log"], encoding="utf-8") as file:
            return file.read()[-2000:]

    def end(self):
        """How it ended, or that it does not answer; nothing when it does."""
        if self.process.poll() is not None:
            return f"the server ended (status {self.process.returncode})"
        return None if self.ask("GET", "/health")[0] == 200 else "the server does not answer"

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(10)
        self.process.kill()
        self.process.wait()

    def ask(self, method, path, body=None, token=None, timeout=20):
        """Status and JSON; (None, None) when nobody answers in time."""
        headers = {"Content-Type": "application/json", **({"Authorization": "Bearer " + token} if token else {})}
        connection = http.client.HTTPConnection("127.0.0.1", self.world.facts["server_port"], timeout=timeout)
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            reply = connection.getresponse()
            return reply.status, json.loads(reply.read())
        except (OSError, http.client.HTTPException, ValueError):
            return None, None
        finally:
            connection.close()

    def sign_up(self, username, password):
        who = {"username": username, "password": password}
        status, reply = self.ask("POST", "/signup", who)
        assert status == 200, reply
        return self.ask("POST", "/login", who)[1]["access_token"]

    def create(self, token, name, code):
        """Nothing, or why the code is refused."""
        function = {"name": name, "code": code, "settings": {"state": self.state}}
        status, reply = self.ask("POST", "/functions", function, token, LOAD_TIMEOUT_MS / 1000 + 5)
        return None if status == 200 else (reply or {}).get("detail", "no answer")

    def delete(self, token, name):
        self.ask("DELETE", "/functions/" + urllib.parse.quote(name), token=token)

    def invoke(self, token, name, arguments):
        return self.ask("POST", f"/functions/{name}/invoke", arguments, token, TIMEOUT_MS / 1000 + 6)

    def processes(self):
        """Ids of the server's process and of all that descend from it, but for functions made since spare_others()."""
        parents = {}
        for entry in os.listdir("/proc"):
            if entry.isdigit():
                with contextlib.suppress(OSError), open(f"/proc/{entry}/stat", encoding="utf-8", errors="replace") as file:
                    parents[int(entry)] = int(file.read().rsplit(")", 1)[1].split()[1])
        family, depth = [self.process.pid], {self.process.pid: 0}
        for pid in family:
            for child in (child for child, parent in parents.items() if parent == pid):
                depth[child] = depth[pid] + 1
                if depth[child] != 2 or self.others is None or child in self.others:  # 1: the template; 2: a function's init
                    family.append(child)
        return family

    def spare_others(self):
        """Whoever is there now is not the attacker's."""
        self.others = None
        self.others = self.processes()

    def descriptors(self):
        with contextlib.suppress(OSError):
            return len(os.listdir(f"/proc/{self.process.pid}/fd"))
        return 0

    def memory_kb(self):
        with contextlib.suppress(OSError, TypeError), open(f"/proc/{self.process.pid}/status", encoding="utf-8") as file:
            return int(re.search(r"VmRSS:\s*(\d+)", file.read())[1])
        return 0


class Watch:
    """The most descriptors and memory that the server had while something was done to it."""

    def __init__(self, kappa):
        self.kappa, self.ended = kappa, threading.Event()

    def __enter__(self):
        self.before = self.most_descriptors, self.most_memory_kb = self.kappa.descriptors(), self.kappa.memory_kb()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()
        return self

    def run(self):
        while not self.ended.wait(0.02):
            self.most_descriptors = max(self.most_descriptors, self.kappa.descriptors())
            self.most_memory_kb = max(self.most_memory_kb, self.kappa.memory_kb())

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()

    def untruths(self):
        """What of the server's own an attacker has taken: room for 200 descriptors and 64 MiB is other calls'."""
        found = []
        if self.most_descriptors > self.before[0] + 200:
            found.append(f"the server held {self.most_descriptors} descriptors, before it {self.before[0]}")
        if self.most_memory_kb > self.before[1] + (64 << 10):
            found.append(f"the server took {self.most_memory_kb} KiB, before it {self.before[1]}")
        return found


def named_processes(name):
    """Processes of that name, anywhere on the machine."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with contextlib.suppress(OSError), open(f"/proc/{entry}/comm", encoding="utf-8", errors="replace") as file:
                if file.read().strip() == name:
                    found.append(int(entry))
    return found


def wait_for_none(name, seconds=1.0):
    """Processes of that name that are left after a while in which they may end."""
    deadline = time.monotonic() + seconds
    while (found := named_processes(name)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return found
