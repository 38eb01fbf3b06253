# Starts servers the way systemd does for a .socket unit: the listening socket is the launcher's, and each server in turn
# is given it. `own_socket`: as if that did not exist, each server makes its own.
import os
import shutil
import signal
import socket
import subprocess

STOPS_WITHIN_S = 60
FIRST_GIVEN = 3  # SD_LISTEN_FDS_START


class Launcher:
    """A program in a folder of its own, and at most one server of it that runs."""

    def __init__(self, program, folder, own_socket=False, **options):
        self.source, self.folder, self.own_socket = program, folder, own_socket
        self.program = os.path.join(folder, "kappa")
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.socket.getsockname()[1]
        if own_socket:
            self.socket.close()
        else:
            self.socket.listen(4096)
        self.keys = [text for key, value in options.items() for text in ("--http." + key, str(value))]
        self.log = open(os.path.join(folder, "log"), "ab")
        self.process = None

    def _give_socket(self):
        os.dup2(self.socket.fileno(), FIRST_GIVEN)
        os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1", LISTEN_FDNAMES="kappa.socket")

    def start(self):
        """The program's newest version; returns when it serves."""
        fresh = self.program + ".new"  # as a package manager does: the file that runs is not written to
        shutil.copy(self.source, fresh)
        os.rename(fresh, self.program)
        self.process = subprocess.Popen(
            [self.program, "serve", "--listen", self.address, "--data", os.path.join(self.folder, "data"),
             "--related.enabled", "false", "--http.access_log", "false", *self.keys],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.log,
            pass_fds=() if self.own_socket else (FIRST_GIVEN,),
            preexec_fn=None if self.own_socket else self._give_socket)
        told = self.process.stdout.readline()
        if not told.startswith(b"Kappa "):
            with open(self.log.name, encoding="utf-8") as log:
                raise RuntimeError("the server does not start: " + log.read())

    def tell_to_stop(self):
        self.process.send_signal(signal.SIGTERM)

    def stop(self):
        """Returns when it has ended; gives its exit code."""
        self.tell_to_stop()
        return self.process.wait(STOPS_WITHIN_S)

    def replace(self):
        assert self.stop() == 0, "the server failed when it was stopped"
        self.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.socket.close()
        self.log.close()
