#!/usr/bin/env python3
"""Control and a runner of which one stands still or is not there: the other says so, and ends when it is told to.

usage: stalled.py PROGRAM
"""

import contextlib
import http.client
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True

from split import address_of  # noqa: E402

MODULES = ["data", "fn_code", "fn_logs"]
CREDENTIALS = {"username": "ada", "password": "correct horse"}
FUNCTIONS = ["one", "two", "three"]
ANSWERS_WITHIN_S = 5
ENDS_WITHIN_S = 15
BEGINS_WITHIN_S = 20


def check(holds, what):
    if not holds:
        raise AssertionError(what)


class Connection(http.client.HTTPConnection):
    """To "http://HOST:PORT" or "unix:PATH"."""

    def __init__(self, address):
        self.path = address.removeprefix("unix:") if address.startswith("unix:") else None
        super().__init__("localhost" if self.path else address.removeprefix("http://"), timeout=BEGINS_WITHIN_S)

    def connect(self):
        if self.path is None:
            return super().connect()
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def ask(address, method, path, body=None, token=""):
    """The reply's status, and what its JSON says."""
    with contextlib.closing(Connection(address)) as connection:
        fields = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        connection.request(method, path, None if body is None else json.dumps(body), fields)
        reply = connection.getresponse()
        return reply.status, json.loads(reply.read())


class Scene:
    def __init__(self, program, folder):
        self.program, self.folder, self.processes = program, folder, []

    def socket_of(self, module):
        return f"unix:{self.folder}/{module}.sock"

    def start(self, role, *words):
        command = [self.program, "serve", "--role", role, "--data", f"{self.folder}/{role}", "--related.enabled", "false"]
        for module in [*MODULES, "runner"]:
            command += [f"--modules.{module}.token_file", f"{self.folder}/tokens/{module}"]
        with open(f"{self.folder}/{role}.log", "ab") as log:
            process = subprocess.Popen([*command, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log)
        self.processes.append(process)
        return process

    def start_control(self):
        words = ["--listen", "127.0.0.1:0", "--modules.runner.url", self.socket_of("runner")]
        for module in MODULES:
            words += [f"--modules.{module}.expose", self.socket_of(module)]
        return self.start("control", *words)

    def start_runner(self):
        words = ["--modules.runner.expose", self.socket_of("runner")]
        for module in MODULES:
            words += [f"--modules.{module}.url", self.socket_of(module)]
        return self.start("runner", *words)

    def end(self):
        for process in self.processes:
            process.kill()
            process.wait()

    def log_of(self, role):
        with open(f"{self.folder}/{role}.log", encoding="utf-8") as file:
            return file.read()


def wait_until(condition, what):
    end = time.monotonic() + BEGINS_WITHIN_S
    while not condition():
        check(time.monotonic() < end, what)
        time.sleep(0.02)


def ends(process, what):
    """Whether it does so soon after a SIGTERM, of its own accord."""
    process.send_signal(signal.SIGTERM)
    begin = time.monotonic()
    try:
        code = process.wait(ENDS_WITHIN_S)
    except subprocess.TimeoutExpired:
        raise AssertionError(f"{what} has not ended {ENDS_WITHIN_S} s after SIGTERM") from None
    check(code == 0, f"{what} ended with {code}")
    print(f"{what} ended {time.monotonic() - begin:.1f} s after SIGTERM")


def without_a_runner(scene, address):
    status, health = ask(address, "GET", "/health")
    check(status == 503 and "no runner answers" in str(health), f"/health without a runner: {status} {health}")
    doctor = subprocess.run([scene.program, "doctor", "--server", address], stdout=subprocess.PIPE, text=True, check=False)
    check(doctor.returncode != 0 and "no runner answers" in doctor.stdout, f"kappa doctor without a runner: {doctor.stdout}")
    print("without a runner /health and kappa doctor say so")


def create_functions(address):
    ask(address, "POST", "/signup", CREDENTIALS)
    token = ask(address, "POST", "/login", CREDENTIALS)[1]["access_token"]
    for name in FUNCTIONS:
        status, reply = ask(address, "POST", "/functions", {"name": name, "code": "def main(): return 1\n"}, token)
        check(status == 200, f"creating {name}: {reply}")
    status, reply = ask(address, "POST", "/functions/one/invoke", {}, token)
    check(status == 200 and reply["output"] == 1, f"a call: {reply}")


def runner_without_data(scene, control, runner):
    control.send_signal(signal.SIGSTOP)
    begin = time.monotonic()
    status, health = ask(scene.socket_of("runner"), "GET", "/health")
    took_s = time.monotonic() - begin
    check(status in (200, 503), f"/health of a runner whose data stands still: {status} {health}")
    check(took_s < ANSWERS_WITHIN_S, f"/health of a runner whose data stands still took {took_s:.1f} s")
    print(f"/health of a runner whose data stands still: {status} in {took_s:.1f} s")
    ends(runner, "a runner whose data stands still")
    control.send_signal(signal.SIGCONT)


def control_that_sweeps(scene):
    """Before it serves control has runners forget functions whose deletion was cut short; this runner never answers."""
    with contextlib.closing(sqlite3.connect(f"{scene.folder}/control/data.db")) as database:
        database.execute("UPDATE function SET state = 'deleting'")
        database.commit()
    with contextlib.suppress(FileNotFoundError):
        os.unlink(f"{scene.folder}/runner.sock")
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as silent:
        silent.bind(f"{scene.folder}/runner.sock")
        silent.listen()
        silent.settimeout(BEGINS_WITHIN_S)
        control = scene.start_control()
        silent.accept()[0].recv(1)  # it asks
        ends(control, "control that sweeps")
    with contextlib.closing(sqlite3.connect(f"{scene.folder}/control/data.db")) as database:
        left = database.execute("SELECT count(*) FROM function WHERE state = 'deleting'").fetchone()[0]
    check(left > 0, "all was swept: the signal came too late to show anything")


def try_all(scene):
    os.mkdir(f"{scene.folder}/tokens", 0o700)
    for module in [*MODULES, "runner"]:
        descriptor = os.open(f"{scene.folder}/tokens/{module}", os.O_WRONLY | os.O_CREAT, 0o600)
        os.write(descriptor, os.urandom(32).hex().encode())
        os.close(descriptor)
    control = scene.start_control()
    address = address_of(control, f"{scene.folder}/control.log")
    without_a_runner(scene, address)
    runner = scene.start_runner()
    wait_until(lambda: ask(address, "GET", "/health")[0] == 200, "control is not ready with its runner")
    create_functions(address)
    check("/health" not in "".join(line for line in scene.log_of("control").splitlines() if "status=200" in line),
          "checks of a healthy server are in its log")
    runner_without_data(scene, control, runner)
    ends(control, "control without a runner")
    control_that_sweeps(scene)


def main():
    with tempfile.TemporaryDirectory(prefix="kappa-stalled-", ignore_cleanup_errors=True) as folder:
        scene = Scene(os.path.abspath(sys.argv[1]), folder)
        try:
            try_all(scene)
        except BaseException:
            for role in ("control", "runner"):
                print(f"{role} said last:", *scene.log_of(role).splitlines()[-10:], sep="\n    ")
            raise
        finally:
            scene.end()


if __name__ == "__main__":
    main()
