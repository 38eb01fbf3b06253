# What there is to be found: canaries, each in one place on this machine, and whoever listens there.
import contextlib
import ctypes
import glob
import hashlib
import os
import re
import secrets
import shutil
import socket
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
SHARED_FOLDERS = ("/tmp", "/dev/shm", "/var/tmp", "/run/lock")


def frame_types():
    """As the source has them: their names in order, from 1."""
    with open(os.path.join(HERE, "../../src/runner/frames.hpp"), encoding="utf-8") as file:
        body = re.search(r"enum class FrameType[^{]*{(.*?)};", file.read(), re.S)[1]
    numbers, number = {}, 0
    for name, given in re.findall(r"^\s*(\w+)\s*(?:=\s*(\d+))?\s*,", re.sub(r"//.*", "", body), re.M):
        number = int(given) if given else number + 1
        numbers[name] = number
    return numbers


def addresses():
    """This machine's own in its network; none when it has no network."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        any_socket.connect(("192.0.2.1", 9))  # nothing is sent
        return [any_socket.getsockname()[0]]
    return []


def name_servers():
    with contextlib.suppress(OSError), open("/etc/resolv.conf", encoding="utf-8") as file:
        return re.findall(r"^nameserver (\d+\.\d+\.\d+\.\d+)$", file.read(), re.M)
    return []


def host_files():
    """Hashes of what is this machine's alone: the attempt must find it, and not find it out."""
    found = {}
    for path in ("/etc/machine-id", "/etc/hostname", "/etc/hosts", "/etc/passwd", "/etc/group"):
        with contextlib.suppress(OSError), open(path, "rb") as file:
            found[path] = hashlib.sha256(file.read(65536)).hexdigest()
    return found


class World:
    """Made for a server that runs as `uid`. `facts` is what attackers are told: all that they could guess."""

    def __init__(self, program, uid, gid):
        self.run = f"kappa-escape-{secrets.token_hex(4)}"
        self.base = f"/var/tmp/{self.run}"
        self.home = self.base + "/home"
        self.uid, self.gid, self.canaries, self.markers, self.kept = uid, gid, {}, [], []
        self.facts = {
            "uid": uid, "gid": gid, "pids": [], "places": [*SHARED_FOLDERS, "."], "without_walls": False, "host_tmp": self.base,
            "folder": self.base + "/server", "data": self.base + "/server/data", "log": self.base + "/server/log",
            "program": self.base + "/bin/kappa", "victim_file": self.run + "-victim", "victim_abstract": self.run + "-victim",
            "victim_key": int(self.run[-7:], 16), "victim_exec": "", "frames": frame_types(), "addresses": addresses(),
            "name_servers": name_servers(), "host_files": host_files()}
        os.mkdir(self.base, 0o755)
        for folder in ("server", "home", "bin"):
            os.mkdir(f"{self.base}/{folder}")
            os.chown(f"{self.base}/{folder}", uid, gid)
        shutil.copy(program, self.facts["program"])
        os.chmod(self.facts["program"], 0o755)
        os.chown(self.facts["program"], uid, gid)
        self.write_files()
        self.listen()

    def canary(self, where):
        if where not in self.canaries:
            self.canaries[where] = f"kappa-canary-{where}-{secrets.token_hex(8)}"
        return self.canaries[where]

    def new_marker(self):
        """A name for one attempt, short enough for a process."""
        self.markers.append("kappa-" + secrets.token_hex(5)[:9])
        return self.markers[-1]

    def canaries_in(self, text):
        return [canary for canary in self.canaries.values() if canary in text]

    def write(self, fact, path, mode, text="{}\n"):
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.format(self.canary(fact)))
        os.chmod(path, mode)
        os.chown(path, self.uid, self.gid)
        self.facts[fact] = path

    def write_files(self):
        self.write("private_file", self.base + "/private", 0o600)
        self.write("public_file", self.base + "/public", 0o644)
        self.write("home_file", self.home + "/.secret", 0o600)
        self.write("configuration", self.facts["folder"] + "/kappa.toml", 0o600, "# {}\n")
        self.write("tmp_file", f"/tmp/{self.run}", 0o644)
        self.write("shm_file", f"/dev/shm/{self.run}", 0o644)
        self.facts["run_file"], self.facts["root_file"] = f"/run/lock/{self.run}", f"/root/.{self.run}"
        for fact, mode in (("run_file", 0o644), ("root_file", 0o600)):
            with contextlib.suppress(OSError):  # who is not root may not
                self.write(fact, self.facts[fact], mode)

    def listen(self):
        def serve(fact, listening):
            self.kept.append(listening)
            threading.Thread(target=self.answer, args=(listening, self.canary(fact)), daemon=True).start()
        tcp, any_address = socket.create_server(("127.0.0.1", 0)), socket.create_server(("0.0.0.0", 0))
        serve("tcp", tcp)
        serve("tcp-any", any_address)
        self.facts["tcp_port"], self.facts["any_port"] = tcp.getsockname()[1], any_address.getsockname()[1]
        self.facts["tcp6_port"] = 1
        with contextlib.suppress(OSError):  # not every machine has IPv6
            tcp6 = socket.create_server(("::1", 0), family=socket.AF_INET6)
            serve("tcp6", tcp6)
            self.facts["tcp6_port"] = tcp6.getsockname()[1]
        self.facts.update(unix_path=self.base + "/socket", datagram_path=self.base + "/datagrams", abstract=self.run,
                          fifo=self.base + "/pipe")
        for fact, kind, address in (("unix", socket.SOCK_STREAM, self.facts["unix_path"]),
                                    ("abstract", socket.SOCK_STREAM, "\0" + self.run),
                                    ("datagram", socket.SOCK_DGRAM, self.facts["datagram_path"])):
            listening = socket.socket(socket.AF_UNIX, kind)
            listening.bind(address)
            self.kept.append(listening)
            if address[0] == "/":
                os.chmod(address, 0o777)
            if kind == socket.SOCK_STREAM:
                listening.listen()
                serve(fact, listening)
        os.mkfifo(self.facts["fifo"])
        os.chmod(self.facts["fifo"], 0o666)
        self.kept.append(os.open(self.facts["fifo"], os.O_RDONLY | os.O_NONBLOCK))

    @staticmethod
    def answer(listening, canary):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listening.accept()
                with contextlib.suppress(OSError), connection:
                    connection.sendall(canary.encode() + b"\n")

    def remove_ipc(self):
        """Where functions have no IPC namespace, what they left is this machine's."""
        libc = ctypes.CDLL(None)
        for key in [self.facts["victim_key"], *(int(marker[-7:], 16) for marker in self.markers)]:
            for get, control, words in ((libc.shmget, libc.shmctl, (0, 0)), (libc.msgget, libc.msgctl, (0,)),
                                        (libc.semget, libc.semctl, (0, 0))):
                if (found := get(key, *words)) >= 0:
                    control(found, *([0] if get is libc.semget else []), 0, None)  # IPC_RMID
        for marker in self.markers:
            libc.syscall(241, marker.encode())  # mq_unlink

    def clean(self, planted):
        """Away with everything, what attempts may have left included."""
        self.remove_ipc()
        for folder in SHARED_FOLDERS:
            for path in [found for name in (self.run, *self.markers) for found in glob.glob(f"{folder}/{name}*")]:
                shutil.rmtree(path, ignore_errors=True)
                with contextlib.suppress(OSError):
                    os.unlink(path)
        for path in [self.facts["root_file"], *planted]:
            with contextlib.suppress(OSError):
                os.unlink(path)
