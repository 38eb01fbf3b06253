# Golden transcripts: every command of commands.txt is run by the real program against a real server, once at a terminal of
# 80 columns and once without any; what it prints and how it ends must equal terminal.txt and piped.txt, but for ids, times
# and measurements. KAPPA_BLESS=1 writes the two anew.
# usage: run.py PROGRAM FOLDER_OF_EXAMPLES
import difflib
import fcntl
import http.server
import os
import pty
import re
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time

program, examples = map(os.path.abspath, sys.argv[1:3])
here = os.path.dirname(os.path.abspath(__file__))
patience_s = 20


class Stub(http.server.BaseHTTPRequestHandler):
    """Answers as something else than this Kappa: an older one, or no Kappa at all."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        older = self.server.kind == "older"
        if older and self.path == "/health":
            status, body = 200, b'{"status":"ok","version":"0.0.1","isolation":"off","layers":[]}'
        elif older:
            status, body = 404, b'{"detail":"no such path; /openapi.json lists them","code":"not_found","faults":[]}'
        else:
            status, body = 200, b"<html>It works!</html>"
        self.send_response(status)
        self.send_header("Content-Type", "application/json" if older else "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_DELETE = do_GET

    def log_message(self, *_):
        pass


def start_stub(kind):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Stub)
    server.kind = kind
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


def silent_server():
    """Takes connections and never answers."""
    listening = socket.create_server(("127.0.0.1", 0))
    return listening, f"http://127.0.0.1:{listening.getsockname()[1]}"


class Kappa:
    def __init__(self, folder):
        self.process = subprocess.Popen(
            [program, "serve", "--listen", "127.0.0.1:0", "--data", os.path.join(folder, "data"), "--related.enabled", "false"],
            stdout=subprocess.PIPE, stderr=open(os.path.join(folder, "log"), "w"), text=True)
        self.address = re.search(r"http://\S+", self.process.stdout.readline()).group(0)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(patience_s)


def read_commands():
    """The lines "$ command", each with the lines "< input" under it; others are remarks."""
    commands = []
    for line in open(os.path.join(here, "commands.txt"), encoding="utf-8"):
        line = line.rstrip("\n")
        if line.startswith("$ "):
            commands.append((line[2:], []))
        elif line.startswith("< "):
            commands[-1][1].append(line[2:] + "\n")
    return commands


def piped(command, inputs, folder, environment):
    done = subprocess.run(["/bin/bash", "-c", command], cwd=folder, env=environment, text=True, capture_output=True,
                          input="".join(inputs), timeout=patience_s)
    errors = "".join("2> " + line for line in done.stderr.splitlines(True))
    return done.stdout + errors, done.returncode


def at_terminal(command, inputs, folder, environment):
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(folder)
        os.execve("/bin/bash", ["/bin/bash", "-c", command], environment)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    shown, waiting, deadline = b"", list(inputs), time.monotonic() + patience_s
    if "--password-stdin" in command:  # nothing will ask
        os.write(terminal, "".join(waiting).encode())
        waiting = []
    while time.monotonic() < deadline:
        if not select.select([terminal], [], [], 0.05)[0]:
            continue
        try:
            got = os.read(terminal, 65536)
        except OSError:  # the last process at the terminal has ended
            break
        if not got:
            break
        shown += got
        if waiting and shown.endswith(b": "):
            os.write(terminal, waiting.pop(0).encode())
    else:
        os.kill(pid, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    os.close(terminal)
    return shown.decode().replace("\r\n", "\n"), status


def masked(text, command, folder, stubs):
    for name, address in stubs.items():
        text = text.replace(address, "{" + name + "}")
    text = text.replace(folder, "DIR").replace(program, "PROGRAM")
    text = re.sub(r"\x1b\[31m(.*?)\x1b\[0m", r"<red>\1</red>", text)
    # A spinner shows itself only when the machine was slow.
    text = re.sub(r"(\r[|/\\-] [^\r]*)*\r\x1b\[K", "", text)
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}", "xxxxxxxx-xxxx-7xxx-xxxx-xxxxxxxxxxxx", text)
    text = re.sub(r"\d{4}-\d\d-\d\dT[0-9:.]+\+00:00", "TIME", text)
    text = re.sub(r"(\tTIME\t)[0-9.e-]+\t\d+", r"\1N\tN", text)
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?", "YYYY-MM-DD hh:mm:ss", text)
    text = re.sub(r" *\b\d+(\.\d+)?(/\d+)? (ms|s|MiB)\b", r" N \2", text)
    text = re.sub(r"\b20\d\d-(0[1-9]|1[0-2])(-\d\d)?\b", lambda date: "YYYY-MM-DD" if date[2] else "YYYY-MM", text)
    text = re.sub(r'("(?:gb|cpu)_seconds": ?)[0-9.]+', r"\1N", text)
    text = re.sub(r"\b\d+\.\d{6}\b", "N.NNNNNN", text)
    text = re.sub(r'("(?:queued_ms|start_ms|wall_ms|cpu_ms|peak_memory_kb|size_bytes)": ?)[0-9.e-]+', r"\1N", text)
    text = re.sub(r"(?<=\S) {2,}", "  ", text)
    if "doctor" in command and "-o" not in command:  # which protections hold is the machine's
        known = re.compile(r"(?:\w+ +)?(?:program|logins?|server|version)\b|2>|  +try:")
        text = "".join(line for line in text.splitlines(True) if known.match(line))
    return text


def transcript(run, mode):
    folder = tempfile.mkdtemp(prefix="kappa-transcript-")
    shutil.copytree(examples, folder, dirs_exist_ok=True)
    kappa = Kappa(folder)
    silence, silent = silent_server()
    stubs = {"server": kappa.address, "older": start_stub("older"), "stranger": start_stub("stranger"), "silent": silent,
             "down": "http://127.0.0.1:1"}
    environment = {"PATH": os.path.dirname(program) + ":/usr/bin:/bin", "HOME": folder, "XDG_CONFIG_HOME": folder + "/config",
                   "KAPPA_SERVER": kappa.address, "TERM": "xterm", "LANG": "C.UTF-8"}
    try:
        out = []
        for command, inputs in read_commands():
            real = command
            for name, address in stubs.items():
                real = real.replace("{" + name + "}", address)
            text, status = run(real, inputs, folder, environment)
            text = masked(text, command, folder, stubs)
            out.append(f"$ {command}\n{text}" + ("" if text.endswith("\n") or not text else "\n") +
                       (f"(exit {status})\n" if status else ""))
        return "".join(out)
    finally:
        silence.close()
        kappa.stop()
        shutil.rmtree(folder)


failed = False
for mode, run in (("terminal", at_terminal), ("piped", piped)):
    golden = os.path.join(here, mode + ".txt")
    got = transcript(run, mode)
    if os.environ.get("KAPPA_BLESS"):
        open(golden, "w", encoding="utf-8").write(got)
    wanted = open(golden, encoding="utf-8").read()
    difference = list(difflib.unified_diff(wanted.splitlines(True), got.splitlines(True), golden, "what was shown"))
    sys.stdout.writelines(difference)
    failed = failed or bool(difference)
sys.exit(1 if failed else 0)
