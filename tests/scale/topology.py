"""Control, HAProxy and runners, each on a host of its own, as config/ has them but for names and places."""

import contextlib
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import threading
import time

from scale.authority import Authority
from scale.load import Client

PATIENCE_S = 30


def eventually(is_so, what, within_s=PATIENCE_S):
    until = time.monotonic() + within_s
    while not (found := is_so()):
        if time.monotonic() > until:
            raise AssertionError(f"within {within_s} s it was not so that {what}")
        time.sleep(0.01)
    return found


class Program:
    """A process on a host, with all it starts."""

    def __init__(self, host, log):
        self.host, self.log, self.process = host, log, None

    def words(self):
        raise NotImplementedError

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.host.command(*self.words()), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            start_new_session=True)

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        """kill -9."""
        self.signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        """SIGTERM; how it ended."""
        self.signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_S)

    def end(self):
        if self.process and self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


class Kappa(Program):
    def __init__(self, scene, host, config, settings):
        super().__init__(host, scene.folder / f"{host.name}.log")
        self.data = scene.folder / host.name
        (self.data / "tokens").mkdir(parents=True, mode=0o700)
        self.data.chmod(0o700)
        for token in scene.tokens.iterdir():
            (self.data / "tokens" / token.name).write_bytes(token.read_bytes())
            (self.data / "tokens" / token.name).chmod(0o600)
        certificate, key = scene.authority.sign(host.name, host.address)
        files = {"tls.certificate": certificate, "tls.key": key, "tls.authorities": scene.authority.certificate}
        self.command = [scene.program, "serve", "--config", str(scene.project / "config" / config), "--data", str(self.data)]
        for name, value in {**files, "http.access_log": "false", **settings}.items():
            self.command += ["--" + name, str(value)]

    def words(self):
        return self.command


class Runner(Kappa):
    def __init__(self, scene, host, slots):
        self.slots = slots
        urls = {f"modules.{module}.url": f"https://{scene.control_host.address}:{port}"
                for module, port in (("data", 8020), ("fn_code", 8030), ("fn_logs", 8040))}
        super().__init__(scene, host, "runner.toml", {"runner.name": host.name, "runner.max_calls": slots,
                                                      "runner.allow_host_network": "true", **urls})


class Balancer(Program):
    def __init__(self, scene, host):
        super().__init__(host, scene.folder / "haproxy.log")
        self.scene = scene
        self.socket, self.config = scene.folder / "haproxy.sock", scene.folder / "haproxy.cfg"
        certificate, key = scene.authority.sign(host.name, host.address)
        self.pem = scene.folder / "haproxy.pem"
        self.pem.write_bytes(certificate.read_bytes() + key.read_bytes())

    def configure(self, runners):
        """With these runners in the place of those that the file has."""
        text = (self.scene.project / "config" / "haproxy.cfg").read_text(encoding="utf-8")
        for given, ours in (("/run/haproxy/kappa.sock", self.socket), ("/etc/haproxy/kappa.pem", self.pem),
                            ("/etc/haproxy/kappa-authority.pem", self.scene.authority.certificate)):
            assert given in text, given
            text = text.replace(given, str(ours))
        lines = re.sub(r"(?m)^    server runner-[23] .*\n", "", text)
        text = re.sub(r"(?m)^    server runner-1 .*\n", lambda line: "".join(
            re.sub(r"maxconn \d+ weight \d+", f"maxconn {one.slots} weight {one.slots}", line[0])
            .replace("runner-1.internal:8060", one.host.address + ":8060").replace("runner-1", one.host.name)
            for one in runners), lines)
        self.config.write_text(text, encoding="utf-8")

    def words(self):
        return ["haproxy", "-W", "-db", "-f", str(self.config)]

    def reload(self):
        """As systemctl reload does."""
        self.signal(signal.SIGUSR2)

    def kill(self):
        """kill -9 of all its processes."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def ask(self, command):
        with socket.socket(socket.AF_UNIX) as wire:
            wire.connect(str(self.socket))
            wire.sendall(command.encode() + b"\n")
            return b"".join(iter(lambda: wire.recv(65536), b"")).decode()

    def servers(self):
        """What it thinks of each runner: UP, DOWN, NOLB."""
        return {row["svname"]: row["status"] for row in self._rows()}

    def count(self, name):
        """Of what it has done with calls, summed over runners."""
        return sum(int(row[name]) for row in self._rows())

    def _rows(self):
        try:
            lines = self.ask("show stat").lstrip("# ").splitlines()
        except OSError:
            return []
        keys = lines[0].split(",")
        rows = [dict(zip(keys, line.split(","))) for line in lines[1:] if line]
        return [row for row in rows if row["pxname"] == "calls" and row["svname"] != "BACKEND"]


class Scene:
    """All of it, with a user, who has the function f. `sizes` are the runners' slots."""

    def __init__(self, network, witness, program, project, folder, sizes, absent=()):
        self.program, self.project, self.folder = str(program), pathlib.Path(project), pathlib.Path(folder)
        self.folder.mkdir()
        self.tokens = self.folder / "tokens"
        self.tokens.mkdir()
        for module in ("data", "fn_code", "fn_logs", "runner"):
            (self.tokens / module).write_text(os.urandom(32).hex() + "\n", encoding="utf-8")
        self.authority = Authority(self.folder / "authority")
        self.hosts = network.hosts
        self.control_host, self.clients = self.hosts["control"], self.hosts["clients"]
        self.witness, self.begun = witness, time.monotonic()
        self.control = Kappa(self, self.control_host, "control.toml", {
            "listen": self.control_host.address + ":8010", "related.enabled": "false",
            "modules.runner.url": f"https://{self.hosts['haproxy'].address}:8060"})
        self.runners = [Runner(self, self.hosts[f"runner-{at + 1}"], slots) for at, slots in enumerate(sizes)]
        self.balancer = Balancer(self, self.hosts["haproxy"])
        self.balancer.configure(self.runners)
        self.absent = set(absent)
        self.figures = {}  # what a case measures

    def __enter__(self):
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _start(self):
        self.control.start()
        self.balancer.start()
        for runner in self.runners:
            if runner.host.name not in self.absent:
                runner.start()
        self.client = Client(self.control_host.address + ":8010")
        self.wait_for_control()
        self.wait_for(*(runner for runner in self.runners if runner.host.name not in self.absent))
        self.at_clients(lambda: self.client.sign_up("ada"))
        self.at_clients(lambda: self.client.must("POST", "/functions", {
            "name": "f", "code": self.witness.code, "settings": {"network": "host", "timeout_ms": 20000}}))

    def at_clients(self, do):
        """Its result, done where the clients are."""
        kept = []

        def there():
            self.clients.enter()
            try:
                kept.append((do(), None))
            except BaseException as error:
                kept.append((None, error))

        thread = threading.Thread(target=there)
        thread.start()
        thread.join()
        result, error = kept[0]
        if error:
            raise error
        return result

    def wait_for_control(self):
        def answers():
            with contextlib.suppress(OSError, json.JSONDecodeError):
                self.client.ask("GET", "/health")
                return True
            return False

        eventually(lambda: self.at_clients(answers), "control answers")

    def wait_for(self, *runners, state="UP"):
        names = [runner.host.name for runner in runners]
        eventually(lambda: all(self.balancer.servers().get(name, "").split(" ")[0] == state for name in names),
                   f"HAProxy has {names} {state}")

    def __exit__(self, *_):
        for program in (*self.runners, self.balancer, self.control):
            program.end()
