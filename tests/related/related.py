# Related repositories against a stand-in for GitHub that is fast, slow, rate-limiting, broken, strange, untrusted or absent:
# creating a function always succeeds, within the search's second, with what the search found or "Could not reach GitHub.com".
# usage: related.py PROGRAM
import contextlib
import http.server
import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

program = os.path.abspath(sys.argv[1])
UNREACHABLE = {"text": "Could not reach GitHub.com", "repos": []}
NONE = {"text": "No related repositories on GitHub.com", "repos": []}
LIMIT_S = 1.0
CREATION_S = 1.0  # beside the search, on a machine that is busy
failures = []


def links(*urls):
    return {"text": "Related repositories on GitHub.com:", "repos": list(urls)}


def items(*urls):
    return json.dumps({"total_count": len(urls), "items": [{"html_url": url, "name": "n", "id": 7} for url in urls]}).encode()


def octocats(count):
    return [f"https://github.com/octocat/{n}" for n in range(count)]


# What the stand-in answers: status and body. Names in `manners` below answer in ways of their own.
ANSWERS = {
    "three": (200, items(*octocats(3)), links(*octocats(3))),
    "many": (200, items(*octocats(9)), links(*octocats(3))),
    "nothing": (200, items(), NONE),
    "rate-limited": (403, b'{"message":"API rate limit exceeded","documentation_url":"https://docs"}', UNREACHABLE),
    "too-many": (429, b"{}", UNREACHABLE),
    "failing": (500, b"oops", UNREACHABLE),
    "moved": (301, b"", UNREACHABLE),
    "empty": (200, b"", UNREACHABLE),
    "html": (200, b"<html>It works!</html>", UNREACHABLE),
    "cut-json": (200, items(*octocats(3))[:-20], UNREACHABLE),
    "no-items": (200, b'{"total_count":3}', UNREACHABLE),
    "null-items": (200, b'{"items":null}', UNREACHABLE),
    "number-url": (200, b'{"items":[{"html_url":7}]}', UNREACHABLE),
    "deep": (200, b'{"items":' + b"[" * 5000 + b"]" * 5000 + b"}", UNREACHABLE),
    "strange-links": (200, items("javascript:alert(1)", "http://github.com/plain", "https://github.com/a b", "https://x/\x1b[2J",
                                 "https://x/" + "y" * 600, "https://github.com/good"), links("https://github.com/good")),
    "huge": (200, b'{"items":[' + b" " * (5 << 20) + b"]}", UNREACHABLE),
}


def drip(out):
    """A head that never ends, a byte at a time."""
    for byte in b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100:
        out.write(bytes([byte]))
        out.flush()
        time.sleep(0.05)


def stall(out):
    out.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{")
    out.flush()
    time.sleep(4)


def endless(out):
    out.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _ in range(80):
        out.write(b"5\r\nhello\r\n")
        out.flush()
        time.sleep(0.05)


MANNERS = {
    "silent": lambda out: time.sleep(4),
    "drip": drip,
    "stall": stall,
    "endless": endless,
    "hangs-up": lambda out: None,
    "garbage": lambda out: out.write(b"\x00\xff SSH-2.0-OpenSSH\r\n"),
    "cut-body": lambda out: out.write(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"),
}


class GitHub(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        mode = self.server.mode
        self.server.asked.append((self.path, dict(self.headers)))
        with contextlib.suppress(OSError):  # Kappa does not wait for what is late
            if mode in MANNERS:
                self.close_connection = True
                return MANNERS[mode](self.wfile)
            status, body, _ = ANSWERS[mode]
            self.send_response(status)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            if status == 301:
                self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, *_):
        pass


def start_github(certificate=None):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), GitHub)
    server.daemon_threads, server.mode, server.asked = True, "three", []
    server.handle_error = lambda *_: None
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def make_certificate(folder, name, subject):
    file = os.path.join(folder, name)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test", "-addext",
                    f"subjectAltName={subject}", "-keyout", file + ".key", "-out", file + ".crt"], check=True, capture_output=True)
    with open(file, "wb") as both:
        for part in (".key", ".crt"):
            both.write(open(file + part, "rb").read())
    return file


class Kappa:
    """A server with a user in it."""

    def __init__(self, url, trusted="", prefix=(), enabled="true"):
        self.folder = tempfile.mkdtemp(prefix="kappa-related-")
        self.made = 0
        environment = {"PATH": "/usr/bin:/bin", "SSL_CERT_DIR": "/nowhere", **({"SSL_CERT_FILE": trusted} if trusted else {})}
        self.process = subprocess.Popen(
            [*prefix, program, "serve", "--listen", "127.0.0.1:0", "--data", self.folder + "/data", "--related.url", url,
             "--related.enabled", enabled], stdout=subprocess.PIPE, stderr=open(self.folder + "/log", "w"), text=True, env=environment)
        found = re.search(r"http://\S+", self.process.stdout.readline())
        assert found, open(self.folder + "/log").read()
        self.address, self.token = found.group(0), None
        who = {"username": "ada", "password": "correct horse"}
        self.post("/signup", who)
        self.token = self.post("/login", who)["access_token"]

    def post(self, path, body):
        request = urllib.request.Request(self.address + path, json.dumps(body).encode(), {"Content-Type": "application/json"})
        if self.token:
            request.add_header("Authorization", "Bearer " + self.token)
        with urllib.request.urlopen(request, timeout=20) as reply:
            return json.load(reply)

    def create(self):
        self.made += 1
        begin = time.monotonic()
        created = self.post("/functions/", {"name": f"fn-{self.made}", "code": "def main(): pass"})
        return created, time.monotonic() - begin

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)
        shutil.rmtree(self.folder)


def check(what, kappa, expected):
    created, took = kappa.create()
    if not created["created"] or created["related"] != expected:
        failures.append(f"{what}: expected {expected}, got {created}")
    if took > LIMIT_S + CREATION_S:
        failures.append(f"{what}: creating took {took:.2f} s")


def answers(url, trusted, github):
    with Kappa(url, trusted) as kappa:
        for mode, (_, _, expected) in ANSWERS.items():
            github.mode = mode
            check(mode, kappa, expected)
        for mode in MANNERS:
            github.mode = mode
            check(mode, kappa, UNREACHABLE)
        github.mode = "three"
        check("afterwards", kappa, ANSWERS["three"][2])
        path, fields = github.asked[-1]
        if path != f"/api/v3/search/repositories?q=fn-{kappa.made}&per_page=3":
            failures.append(f"asked for {path}")
        if fields["Host"] != url.split("/")[2] or not fields["User-Agent"].startswith("kappa/") or "Authorization" in fields:
            failures.append(f"asked with {fields}")


def silent_listener():
    listening = socket.create_server(("127.0.0.1", 0))
    return listening, f"127.0.0.1:{listening.getsockname()[1]}"


def dead_name_server(folder):
    """A name server that takes questions and answers none, seen by one process alone; needs root."""
    silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        silent.bind(("127.0.0.77", 53))
        subprocess.run(["unshare", "--mount", "true"], check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        return print(f"SKIPPED: no dead name server can be set up here: {error}")
    resolv = folder + "/resolv.conf"
    open(resolv, "w").write("nameserver 127.0.0.77\n")
    prefix = ("unshare", "--mount", "sh", "-c", 'mount --bind "$0" "$(readlink -f /etc/resolv.conf)" && exec "$@"', resolv)
    with Kappa("https://github.example", prefix=prefix) as kappa:
        check("dead name server", kappa, UNREACHABLE)
    silent.close()


def main():
    folder = tempfile.mkdtemp(prefix="kappa-related-")
    ours = make_certificate(folder, "ours", "IP:127.0.0.1")
    others = make_certificate(folder, "others", "DNS:github.example")
    plain, secure, impostor = start_github(), start_github(ours), start_github(others)
    at = lambda server: f"127.0.0.1:{server.server_port}"
    answers(f"http://{at(plain)}/api/v3", "", plain)
    answers(f"https://{at(secure)}/api/v3/", ours + ".crt", secure)
    with Kappa(f"https://{at(secure)}") as kappa:
        check("not trusted", kappa, UNREACHABLE)
    with Kappa(f"https://{at(impostor)}", others + ".crt") as kappa:
        check("another's certificate", kappa, UNREACHABLE)
    with Kappa(f"https://{at(plain)}") as kappa:
        check("no TLS there", kappa, UNREACHABLE)
    with Kappa("http://127.0.0.1:1") as kappa:
        check("absent", kappa, UNREACHABLE)
    with Kappa("http://nobody.invalid") as kappa:
        check("no such name", kappa, UNREACHABLE)
    listening, address = silent_listener()
    with Kappa(f"https://{address}") as kappa:
        check("no handshake", kappa, UNREACHABLE)
    dead_name_server(folder)
    plain.asked.clear()
    with Kappa(f"http://{at(plain)}", enabled="false") as kappa:
        check("switched off", kappa, {"text": "Related repositories are switched off", "repos": []})
    if plain.asked:
        failures.append(f"switched off, but asked for {plain.asked}")
    listening.close()
    shutil.rmtree(folder)


main()
for failure in failures:
    print("FAILED:", failure, file=sys.stderr)
sys.exit(1 if failures else 0)
