# A real server in a folder of its own, a user of it, and followers over raw sockets that can be cut anywhere.
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import urllib.request


class Server:
    def __init__(self, program):
        self.program = os.path.abspath(program)
        self.folder = tempfile.mkdtemp(prefix="kappa-follow-")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = dict(os.environ, HOME=self.folder, XDG_CONFIG_HOME=self.folder, KAPPA_SERVER=self.url)
        self.start()
        login = {"username": "u", "password": "correct horse"}
        self.ask("POST", "/signup", login)
        self.token = self.ask("POST", "/login", login)["access_token"]
        self.environment["KAPPA_TOKEN"] = self.token

    def start(self):
        words = [self.program, "serve", "--listen", f"127.0.0.1:{self.port}", "--data", self.folder + "/data"]
        self.process = subprocess.Popen(words + ["--related.enabled", "false"], stdout=subprocess.PIPE,
                                        stderr=open(self.folder + "/log", "ab"))
        if not self.process.stdout.readline().startswith(b"Kappa"):
            raise SystemExit("the server did not start: " + open(self.folder + "/log").read()[-2000:])

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        self.process.wait(timeout=60)

    def end(self):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def ask(self, method, path, body=None, timeout=60):
        request = urllib.request.Request(self.url + path, method=method)
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        if getattr(self, "token", None):
            request.add_header("Authorization", "Bearer " + self.token)
        try:
            return json.load(urllib.request.urlopen(request, timeout=timeout))
        except urllib.error.HTTPError as error:
            return json.load(error)

    def create(self, name, code, **settings):
        made = self.ask("POST", "/functions", {"name": name, "code": code, "settings": settings})
        assert made.get("created"), made

    def invoke(self, name, **args):
        return self.ask("POST", f"/functions/{name}/invoke", args)

    def call_beside(self, name, **args):
        def call():
            with contextlib.suppress(OSError):  # the server may be killed meanwhile
                self.invoke(name, **args)

        thread = threading.Thread(target=call, daemon=True)
        thread.start()
        return thread

    def lines(self, name, query=""):
        """All of a function's lines, page by page from the newest."""
        found, before = [], ""
        while True:
            page = self.ask("GET", f"/functions/{name}/lines?limit=1000{query}{before}")
            found = page["lines"] + found
            if "older" not in page:
                return found
            before = "&before=" + page["older"]


class Follower:
    """Follows over one connection until it is cut; remembers the last whole event."""

    def __init__(self, server, name, last_id=None):
        self.server, self.name, self.last_id = server, name, last_id
        self.lines = []
        self.reason = None  # the server's, why it ended
        self.ended_properly = False

    def run(self, bytes_until_cut=None, seconds=30, use=lambda line: None, by_header=True, query=""):
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=seconds) as connection:
            target = f"/functions/{self.name}/lines/follow{query}"
            head = f"Host: x\r\nAuthorization: Bearer {self.server.token}\r\n"
            if self.last_id and by_header:
                head += f"Last-Event-ID: {self.last_id}\r\n"
            elif self.last_id:
                target += "?last_event_id=" + self.last_id
            connection.sendall(f"GET {target} HTTP/1.1\r\n{head}\r\n".encode())
            self.read(connection, bytes_until_cut, time.monotonic() + seconds, use)

    def read(self, connection, left, deadline, use):
        raw, text, head_done, of_chunk = b"", b"", False, 0
        while time.monotonic() < deadline and (left is None or left > 0):
            connection.settimeout(max(deadline - time.monotonic(), 0.001))
            try:
                got = connection.recv(65536 if left is None else min(left, 65536))
            except (TimeoutError, ConnectionResetError):
                return
            if not got:
                return
            left = None if left is None else left - len(got)
            raw += got
            if not head_done:
                if b"\r\n\r\n" not in raw:
                    continue
                status, raw = raw.split(b"\r\n\r\n", 1)
                assert b" 200 " in status.split(b"\r\n")[0] and b"text/event-stream" in status, status
                head_done = True
            while raw:  # chunks, each followed by a line end
                if of_chunk > 0:
                    part = raw[:of_chunk]
                    raw, of_chunk = raw[len(part):], of_chunk - len(part)
                    text += part[:max(0, len(part) - max(0, 2 - of_chunk))]
                elif b"\r\n" not in raw:
                    break
                else:
                    size, raw = raw.split(b"\r\n", 1)
                    of_chunk = int(size, 16) + 2
                    if of_chunk == 2:
                        self.ended_properly = True
                        break
            while b"\n\n" in text:
                event, text = text.split(b"\n\n", 1)
                if not self.take(event, use):
                    return
            if self.ended_properly:
                return

    def take(self, event, use):
        """Whether to go on."""
        going = True
        fields = event.split(b"\n")
        if fields[0] == b"event: end":
            self.reason = json.loads(fields[1].removeprefix(b"data: "))["reason"]
            return True
        for field in fields:
            if field.startswith(b"data: "):
                line = json.loads(field[6:])
                self.lines.append(line)
                going = use(line) is not False
            if field.startswith(b"id: "):
                self.last_id = field[4:].decode()
        return going
