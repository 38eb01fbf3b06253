# Every exit code that `kappa help exit-codes` lists, each provoked.
# usage: with_server.sh PROGRAM python3 exit_codes.py PROGRAM
import http.server
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading

program = sys.argv[1]
patience_s = 20
home = tempfile.TemporaryDirectory()
environment = {"PATH": "/usr/bin:/bin", "HOME": home.name, "KAPPA_SERVER": os.environ["KAPPA_SERVER"]}


def kappa(*words, stdin="", **more):
    return subprocess.run([program, *words], env={**environment, **more}, input=stdin, text=True, capture_output=True,
                          timeout=patience_s)


class Overloaded(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(503)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def overloaded():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Overloaded)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


def interrupted(server):
    """Ctrl-C once the request is on its way."""
    process = subprocess.Popen([program, "bill"], env={**environment, "KAPPA_SERVER": server[1], "KAPPA_TOKEN": "t"},
                               stderr=subprocess.DEVNULL)
    connection, _ = server[0].accept()
    connection.recv(1)
    process.send_signal(signal.SIGINT)
    code = process.wait(patience_s)
    connection.close()
    return 128 - code if code < 0 else code  # as a shell has it


silence = socket.create_server(("127.0.0.1", 0))
silent = silence, f"http://127.0.0.1:{silence.getsockname()[1]}"
ada = ("--username", "ada", "--password-stdin")
kappa("signup", *ada, stdin="correct horse\n")
kappa("login", *ada, stdin="correct horse\n")
kappa("fn", "create", "fails", "-", stdin="def main(): raise ValueError('no')")

provoked = {
    0: kappa("whoami"),
    1: kappa("invoke", "fails"),
    2: kappa("fn", "shwo"),
    3: kappa("exec", "show", "nothing"),
    4: kappa("bill", KAPPA_TOKEN="kappa_of_nobody"),
    5: kappa("bill", KAPPA_SERVER=overloaded(), KAPPA_TOKEN="t"),
    6: kappa("bill", KAPPA_SERVER="http://127.0.0.1:1", KAPPA_TOKEN="t"),
    7: kappa("--timeout", "1", "bill", KAPPA_SERVER=silent[1], KAPPA_TOKEN="t"),
}
got = {code: done.returncode for code, done in provoked.items()} | {130: interrupted(silent)}
listed = [int(code) for code in re.findall(r"^ *(\d+)  ", kappa("help", "exit-codes").stdout, re.M)]
assert list(got) == listed, f"listed {listed}, provoked {list(got)}"
for code, actual in got.items():
    assert code == actual, f"expected {code}, got {actual}: {provoked[code].stderr if code in provoked else ''}"
# What is printed for a script is not lost without a word.
assert subprocess.run(f"'{program}' help exit-codes >/dev/full", shell=True, capture_output=True).returncode == 1
