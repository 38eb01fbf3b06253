# What packaging/compose.yaml describes, without a container engine: each service's program with its environment, in a mount
# namespace where /run/kappa and /var/lib/kappa are folders of the test. The workflow runs through control, balancer and both
# runners; then one runner is stopped and calls go on. What only an engine can show is not tried: images, users, profiles.
# usage: compose.py PROGRAM PROJECT
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

PATIENCE_S = 30
program, project = map(os.path.abspath, sys.argv[1:3])


def skip(why):
    print("SKIPPED: " + why)
    sys.exit(77)


try:
    import yaml
except ImportError:
    skip("python3-yaml is not installed")
if not shutil.which("haproxy"):
    skip("haproxy is not installed")
if os.getuid() != 0:
    skip("only root can put folders in the place of /run/kappa")
if os.environ.get("KAPPA_OWN_MOUNTS") != "yes":
    if subprocess.run(["unshare", "--mount", "true"], stderr=subprocess.DEVNULL, check=False).returncode != 0:
        skip("this machine permits no mount namespaces")
    os.execvpe("unshare", ["unshare", "--mount", "--propagation", "private", sys.executable, *sys.argv],
               {**os.environ, "KAPPA_OWN_MOUNTS": "yes"})


def own(path, folder):
    os.makedirs(path, exist_ok=True)
    os.makedirs(folder, exist_ok=True)
    subprocess.run(["mount", "--bind", folder, path], check=True)


class Service:
    """One container of the file, as a process."""

    def __init__(self, name, described, folder, address):
        self.name = name
        environment = {key: str(value) for key, value in described.get("environment", {}).items()}
        environment["KAPPA_RELATED_ENABLED"] = "false"
        if described["build"]["target"] == "balancer":
            words = ["haproxy", "-W", "-f", os.path.join(project, "packaging/haproxy.cfg")]
        else:
            keeps = any(volume.endswith(":/var/lib/kappa") for volume in described["volumes"])
            environment["KAPPA_DATA"] = "/var/lib/kappa" if keeps else os.path.join(folder, name)
            environment["KAPPA_LISTEN"] = address  # the image says 0.0.0.0:8010
            words = [program, "serve"]
        self.log = os.path.join(folder, name + ".log")
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(words, env={"PATH": os.environ["PATH"], **environment}, cwd=folder,
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(PATIENCE_S)


def ask(address, method, path, body=None, token=None):
    connection = http.client.HTTPConnection(address, timeout=PATIENCE_S)
    fields = {"Content-Type": "application/json", **({"Authorization": "Bearer " + token} if token else {})}
    connection.request(method, path, None if body is None else json.dumps(body), fields)
    reply = connection.getresponse()
    return reply.status, json.loads(reply.read())


def eventually(look, what):
    give_up = time.monotonic() + PATIENCE_S
    while not (found := look()):
        assert time.monotonic() < give_up, what
        time.sleep(0.05)
    return found


def is_ready(address):
    """Control answers, and reaches a runner."""
    try:
        return ask(address, "GET", "/health")[0] == 200
    except OSError:
        return False


def free_address():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return "127.0.0.1:%d" % free.getsockname()[1]


def cancels(address, token):
    """Calls that both runners have: what is meant for one of them gets there."""
    code = "import time\ndef main():\n    time.sleep(20)\n"
    assert ask(address, "POST", "/functions/", {"name": "slow", "code": code}, token)[0] == 200
    replies = []
    calls = [threading.Thread(target=lambda: replies.append(ask(address, "POST", "/functions/slow/invoke", {}, token)))
             for _ in range(4)]
    for call in calls:
        call.start()

    def running():
        return ask(address, "GET", "/executions?running=true", token=token)[1]["executions"]

    eventually(lambda: len(running()) == len(calls), "not every call runs")
    for execution in running():
        status, reply = ask(address, "POST", f"/executions/{execution['exec_id']}/cancel", {}, token)
        assert status == 200 and reply["verdict"] == "cancelled", (status, reply)
    for call in calls:
        call.join()
    assert [reply["verdict"] for _, reply in replies] == ["cancelled"] * len(calls), replies


def workflow(address, services):
    user = {"username": "ada", "password": "correct horse"}
    assert ask(address, "POST", "/signup", user)[0] == 200
    token = ask(address, "POST", "/login", user)[1]["access_token"]
    code = "def main(*, n):\n    print(n)\n    return n\n"
    assert ask(address, "POST", "/functions/", {"name": "same", "code": code}, token)[0] == 200

    def call(n):
        status, reply = ask(address, "POST", "/functions/same/invoke", {"n": n}, token)
        assert status == 200 and reply["output"] == n, reply

    def asked(name):
        with open(services[name].log, encoding="utf-8") as log:
            return "/invoke " in log.read()

    def called_both():
        call(1)
        return asked("runner-1") and asked("runner-2")

    eventually(called_both, "the balancer does not use both runners")
    cancels(address, token)
    services["runner-1"].stop()
    for n in range(20):
        call(n)
    assert ask(address, "GET", "/functions/same/logs/", token=token)[1]["logs"], "no logs"
    assert ask(address, "GET", "/bill", token=token)[0] == 200
    assert ask(address, "DELETE", "/functions/same", token=token)[0] == 200


def main():
    with open(os.path.join(project, "packaging/compose.yaml"), encoding="utf-8") as file:
        described = yaml.safe_load(file)["services"]
    folder = tempfile.mkdtemp(prefix="kappa-compose-")
    os.chmod(folder, 0o755)
    own("/run/kappa", os.path.join(folder, "sockets"))
    own("/var/lib/kappa", os.path.join(folder, "data"))
    address = free_address()
    order = sorted(described, key=lambda name: "depends_on" in described[name])
    services = {}
    try:
        for name in order:
            services[name] = Service(name, described[name], folder, address)
        eventually(lambda: is_ready(address), "control does not become ready")
        workflow(address, services)
    except BaseException:
        for service in services.values():
            with open(service.log, encoding="utf-8") as log:
                print(f"-- {service.name}\n" + "".join(log.readlines()[-15:]))
        raise
    finally:
        for service in reversed(services.values()):
            service.stop()
    shutil.rmtree(folder, ignore_errors=True)
    print("the services of compose.yaml work together, and go on with one runner")


if __name__ == "__main__":
    main()
