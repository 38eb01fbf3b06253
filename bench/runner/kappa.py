"""A Kappa server of the benchmark's own, and a connection to it."""

import json
import pathlib
import re
import signal
import socket
import subprocess
import time

from .process_tree import ProcessTree

credentials = {"username": "bench", "password": "correct horse"}


def _has(program, setting):
    return setting in subprocess.run([program, "serve", "--help"], stdout=subprocess.PIPE, text=True, check=True).stdout


def unloading_soon(program):
    """Settings with which functions do not stay loaded."""
    if _has(program, "--runner.idle_ms"):
        return ["--runner.idle_ms", "500", "--runner.loaded_mb", "1"]
    return ["--runner.max_loaded", "1"]


def unloading_late(program):
    """Settings with which they do: what a zygote has counted of its children's CPU time ends with it."""
    return ["--runner.idle_ms", "3600000"] if _has(program, "--runner.idle_ms") else []


class Connection:
    """One connection with keep-alive. http.client's would add a tenth of a millisecond to each request."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, method, path, body=None, token=None):
        """The reply's status, and what its JSON says."""
        content = b"" if body is None else json.dumps(body).encode()
        fields = f"{method} {path} HTTP/1.1\r\nHost: kappa\r\nContent-Length: {len(content)}\r\n"
        if body is not None:
            fields += "Content-Type: application/json\r\n"
        if token:
            fields += f"Authorization: Bearer {token}\r\n"
        self.socket.sendall(fields.encode() + b"\r\n" + content)
        return self._reply()

    def _reply(self):
        reply = b""
        while b"\r\n\r\n" not in reply:
            reply += self._more()
        head, _, content = reply.partition(b"\r\n\r\n")
        length = int(re.search(rb"\r\ncontent-length: *(\d+)", head, re.IGNORECASE)[1])
        while len(content) < length:
            content += self._more()
        return int(head.split(None, 2)[1]), json.loads(content)

    def _more(self):
        piece = self.socket.recv(1 << 16)
        if not piece:
            raise ConnectionError("the server closed the connection")
        return piece


class Kappa:
    """`kappa serve` in a folder of its own."""

    def __init__(self, program, folder, *settings):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(exist_ok=True)
        self.command = [program, "serve", "--listen", "127.0.0.1:0", "--data", str(self.folder / "data")]
        self.command += ["--related.enabled", "false", "--log_level", "warning", *settings]
        self.start()
        try:
            self.ask("POST", "/signup", credentials)
            self.token = self.login()
        except BaseException:
            self.end(signal.SIGTERM)
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end(signal.SIGTERM)

    def start(self):
        """Milliseconds until it says that it serves."""
        with open(self.folder / "log", "ab") as log:
            begin = time.perf_counter()
            # Neither a kappa.toml nor a variable of whoever measures may change what is measured.
            around = {"cwd": self.folder, "env": {"PATH": "/usr/bin:/bin"}}
            self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, stderr=log, text=True, **around)
            line = self.process.stdout.readline()
            ms = (time.perf_counter() - begin) * 1e3
        serves = re.search(r"serves at http://127\.0\.0\.1:(\d+)", line)
        if not serves:
            raise RuntimeError("kappa does not start:\n" + (self.folder / "log").read_text(encoding="utf-8"))
        self.port = int(serves[1])
        self.tree = ProcessTree(self.process.pid)
        self.connect()
        return ms

    def connect(self):
        """Anew, because the server closes a connection that has rested for a minute."""
        self.connection = Connection(self.port)

    def end(self, how):
        """Ends it, and waits until all its processes are gone: they would disturb what is measured next."""
        below = self.tree.pids()[1:]
        self.process.send_signal(how)
        self.process.wait()
        self.process.stdout.close()
        deadline = time.monotonic() + 20
        while any(pathlib.Path(f"/proc/{pid}").exists() for pid in below) and time.monotonic() < deadline:
            time.sleep(0.01)

    def ask(self, method, path, body=None, token=None):
        status, answer = self.connection.ask(method, path, body, token)
        if status != 200:
            raise RuntimeError(f"{method} {path} was answered {status}: {answer}")
        return answer

    def login(self):
        return self.ask("POST", "/login", credentials)["access_token"]

    def create(self, name, code, state="fresh"):
        """Whether it was created so that calls find the state asked for."""
        body = {"name": name, "code": code}
        if state != "fresh":
            body["settings"] = {"state": state}
        status, created = self.connection.ask("POST", "/functions", body, self.token)
        if status != 200 and (state == "fresh" or status != 422):
            raise RuntimeError(f"creating {name} was answered {status}: {created}")
        return status == 200 and (state == "fresh" or self._confirms(name, state))

    def _confirms(self, name, state):
        details = self.ask("GET", f"/functions/{name}/details", token=self.token)
        return details.get("in_force", {}).get("state") == state

    def invoke(self, name, arguments):
        return self.ask("POST", f"/functions/{name}/invoke", arguments, self.token)
