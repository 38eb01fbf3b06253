# What the tests of hostile functions share: a server of their own, its users, and what the kernel shows of its processes.
import contextlib
import ctypes
import glob
import http.client
import json
import os
import re
import select
import shutil
import signal
import subprocess
import tempfile
import time

PATIENCE_S = 60
PASSWORD = "correct horse"
PR_SET_CHILD_SUBREAPER = 36
LEFT = "kappa-left"  # how the names of files begin that our own functions leave
SHARED_FOLDERS = ("/tmp", "/var/tmp", "/dev/shm", "/run/lock", "/dev/mqueue")  # of the machine: anybody may write there


class Client:
    """A user's connection, kept open. Used by one thread at a time."""

    def __init__(self, address, token=None):
        self.address, self.token = address, token
        self.connection = http.client.HTTPConnection(address, timeout=PATIENCE_S)

    def ask(self, method, path, body=None):
        """Status, and what the reply says: as JSON when it is some."""
        fields = {"Authorization": "Bearer " + self.token} if self.token else {}
        payload = None if body is None else json.dumps(body).encode()
        if payload is not None:
            fields["Content-Type"] = "application/json"
        self.connection.request(method, path, payload, fields)
        reply = self.connection.getresponse()
        text = reply.read()
        return reply.status, json.loads(text) if text[:1] in (b"{", b"[") else text

    def must(self, method, path, body=None):
        status, reply = self.ask(method, path, body)
        assert status < 300, f"{method} {path}: {status} {reply}"
        return reply

    def create(self, name, code, settings=None):
        body = {"name": name, "code": code}
        self.must("POST", "/functions/", {**body, "settings": settings} if settings else body)

    def delete(self, name):
        self.must("DELETE", f"/functions/{name}")

    def call(self, name, **arguments):
        """What is told of the execution. A reply that tells of none has its status as the verdict."""
        status, reply = self.ask("POST", f"/functions/{name}/invoke", arguments)
        return reply if "verdict" in reply else {"verdict": f"HTTP {status}", "error": str(reply)[:200], "wall_ms": 0.0}

    def printed(self, exec_id):
        """What an execution printed: stdout and stderr."""
        lines = [json.loads(line["content"]) for line in self.must("GET", f"/functions/exec/{exec_id}/logs/")["logs"]]
        return ["".join(line.get(channel, "") for line in lines) for channel in ("stdout", "stderr")]

    def again(self):
        """The same user on a connection of its own."""
        return Client(self.address, self.token)

    def close(self):
        self.connection.close()


class Server:
    """`kappa serve` in a folder of its own; `options` are keys of kappa.toml's [runner]."""

    def __init__(self, program, **options):
        adopt_orphans()
        self.folder = tempfile.mkdtemp(prefix="kappa-hostile-")
        self.data = os.path.join(self.folder, "data")
        keys = [text for key, value in options.items() for text in ("--runner." + key, str(value))]
        self.process = subprocess.Popen(
            [os.path.abspath(program), "serve", "--listen", "127.0.0.1:0", "--data", self.data, "--related.enabled", "false",
             "--http.access_log", "false", *keys],
            stdout=subprocess.PIPE, stderr=open(os.path.join(self.folder, "log"), "wb"), stdin=subprocess.DEVNULL,
            preexec_fn=lambda: os.setpriority(os.PRIO_PROCESS, 0, 0))  # whatever the test's own is
        ready = select.select([self.process.stdout], [], [], PATIENCE_S)[0]
        told = re.search(rb"http://(\S+)", self.process.stdout.readline()) if ready else None
        if not told:
            self.process.kill()
            self.process.wait()
            said = self.log().decode(errors="replace")
            shutil.rmtree(self.folder)
            raise RuntimeError(f"the server does not start with {options}: {said.strip()}")
        self.pid, self.address = self.process.pid, told.group(1).decode()

    def log(self):
        with open(os.path.join(self.folder, "log"), "rb") as file:
            return file.read()

    def sign_up(self, username):
        client = Client(self.address)
        client.must("POST", "/signup", {"username": username, "password": PASSWORD})
        client.token = client.must("POST", "/login", {"username": username, "password": PASSWORD})["access_token"]
        return client

    def template(self):
        """The process that all functions' processes are forked from."""
        return next((pid for pid, process in processes().items() if process.parent == self.pid and process.state != b"Z"), 0)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder)


class Process:
    """One line of /proc/PID/stat."""

    def __init__(self, stat):
        self.state, parent = stat.rsplit(b")", 1)[1].split()[:2]
        self.parent = int(parent)


def processes():
    """Every process of the machine, by its id."""
    found = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            with contextlib.suppress(OSError), open(f"/proc/{name}/stat", "rb") as file:
                found[int(name)] = Process(file.read())
    return found


def adopt_orphans():
    """Whatever loses its parent below this process becomes its child, and so stays in sight."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def descendants(root, but=()):
    """All that descends from `root`, by its id; what is in `but` is left out, with all below it. Adopted children that have
    ended wait for `root` alone, which is this process, and are none."""
    children, found = {}, {}
    everything = processes()
    for pid, process in everything.items():
        children.setdefault(process.parent, []).append(pid)
    waiting = list(children.get(root, ()))
    while waiting:
        pid = waiting.pop()
        if pid not in but and (everything[pid].parent != root or everything[pid].state != b"Z"):
            found[pid] = everything[pid]
            waiting += children.get(pid, ())
    return found


def settled(measure, quiet_s=0.1, within_s=5.0):
    """What `measure` gives once that has been the same for a while."""
    last, since, end = measure(), time.monotonic(), time.monotonic() + within_s
    while time.monotonic() - since < quiet_s and time.monotonic() < end:
        time.sleep(0.01)
        now = measure()
        if now != last:
            last, since = now, time.monotonic()
    return last


def field(path, name):
    """The number of a line "Name: NUMBER" in a file of /proc; 0 when it is not there, as of a process that has ended."""
    with contextlib.suppress(OSError), open(path, encoding="utf-8") as file:
        found = re.search(rf"^{name}:\s*(\d+)", file.read(), re.M)
        return int(found[1]) if found else 0
    return 0


def shared_files():
    """What stands in the folders of the machine that a function might reach."""
    return {os.path.join(folder, name) for folder in SHARED_FOLDERS if os.path.isdir(folder) for name in os.listdir(folder)}


def left_files(before, ours):
    """What functions have left there since. `ours` are this server's processes: others may run here too, so a file is told by
    its name, which our functions give to what they leave, or Kappa to the folder of a function that has no mounts."""
    left = []
    for path in sorted(shared_files() - before):
        folder_of = re.search(r"/kappa-fn-(\d+)-", path)
        if os.path.basename(path).startswith(LEFT):
            left.append(path)
            os.unlink(path)
        elif folder_of and int(folder_of[1]) in ours and not is_alive(int(folder_of[1])):
            left.append(path)
    return left


def is_alive(pid):
    return os.path.exists(f"/proc/{pid}")


def control_groups():
    return {path for path in glob.glob("/sys/fs/cgroup/**/*kappa*", recursive=True) if os.path.isdir(path)}


def percentile(values, part):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else 0.0
