"""Hosts that this machine does not have: network namespaces on a bridge, all of the test's own."""

import contextlib
import ctypes
import os
import subprocess

CLONE_NEWNET = 0x40000000
libc = ctypes.CDLL(None, use_errno=True)


class Impossible(Exception):
    """This machine gives no network namespaces."""


def _run(*words):
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise Impossible(f"{' '.join(words)}: {done.stdout.strip()}")


class Host:
    """A network namespace with one address. Processes and threads may be in it."""

    def __init__(self, network, name, address):
        self.name, self.address, self.network = name, address, network
        self.namespace = f"{network.prefix}-{name}"
        _run("ip", "netns", "add", self.namespace)
        network.namespaces.append(self.namespace)
        link = ["link", "add", name, "netns", network.switch, "type", "veth", "peer", "name", "eth0", "netns", self.namespace]
        _run("ip", *link)
        self._ip("addr", "add", f"{address}/24", "dev", "eth0")
        self._ip("link", "set", "eth0", "up")
        self._ip("link", "set", "lo", "up")
        _run("ip", "-n", network.switch, "link", "set", name, "master", "bridge", "up")

    def _ip(self, *words):
        _run("ip", "-n", self.namespace, *words)

    def command(self, *words):
        """Has a command run there; nsenter becomes it, so that its process id is the command's."""
        return ["nsenter", f"--net=/run/netns/{self.namespace}", "--", *words]

    def enter(self):
        """For the calling thread, and all that it does from now on."""
        with open(f"/run/netns/{self.namespace}", "rb") as file:
            if libc.setns(file.fileno(), CLONE_NEWNET) != 0:
                raise Impossible(f"setns: {os.strerror(ctypes.get_errno())}")

    def go_dark(self):
        """The cable is pulled: nothing arrives any more, and nobody is told."""
        _run("ip", "-n", self.network.switch, "link", "set", self.name, "down")

    def come_back(self):
        _run("ip", "-n", self.network.switch, "link", "set", self.name, "up")


class Network:
    """Hosts of these names that reach each other, and nobody else."""

    def __init__(self, names):
        self.prefix = f"kappa-{os.getpid()}"
        self.switch = f"{self.prefix}-switch"
        self.namespaces, self.hosts = [], {}
        try:
            _run("ip", "netns", "add", self.switch)
            self.namespaces.append(self.switch)
            _run("ip", "-n", self.switch, "link", "add", "bridge", "type", "bridge")
            _run("ip", "-n", self.switch, "link", "set", "bridge", "up")
            for at, name in enumerate(names):
                self.hosts[name] = Host(self, name, f"10.77.0.{at + 1}")
        except Impossible:
            self.remove()
            raise

    def remove(self):
        for namespace in reversed(self.namespaces):
            with contextlib.suppress(Impossible):
                _run("ip", "netns", "del", namespace)
