# What a server does with the sockets it was given, and what it says of itself while it is stopped.
# usage: activated.py PROGRAM
import glob
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

from launcher import Launcher

PATIENCE_S = 30


def get_health(address):
    connection = http.client.HTTPConnection(address, timeout=PATIENCE_S)
    connection.request("GET", "/health")
    reply = connection.getresponse()
    return reply.status, json.loads(reply.read()), reply.will_close


def check_unready_while_it_leaves(program, folder):
    with Launcher(program, folder, leave_ms=PATIENCE_S * 1000) as launcher:
        launcher.start()
        assert get_health(launcher.address)[0] == 200
        idle = socket.create_connection(launcher.address.split(":"))  # so that there is somebody to wait for
        get_health(launcher.address)  # taken after the idle one
        launcher.tell_to_stop()
        give_up = time.monotonic() + PATIENCE_S
        while (answer := get_health(launcher.address))[0] == 200:
            assert time.monotonic() < give_up, "the server that is being stopped says that it is ready"
        status, health, closes = answer
        assert status == 503 and closes, answer
        assert health["ready"] is False and "stopped" in health["reason"], health
        idle.close()
        assert launcher.process.wait(PATIENCE_S) == 0
    print("a server that is being stopped is unready, and ends with the last connection")


def check_no_child_is_given_the_socket(program, folder):
    with Launcher(program, folder) as launcher:
        launcher.start()
        get_health(launcher.address)
        children = [int(pid) for path in glob.glob(f"/proc/{launcher.process.pid}/task/*/children")
                    for pid in open(path, encoding="ascii").read().split()]
        assert children, "the server has no process for functions"
        for child in children:
            with open(f"/proc/{child}/environ", "rb") as file:
                assert b"LISTEN_" not in file.read(), "a child's environment has LISTEN_..."
            own = os.readlink(f"/proc/{launcher.process.pid}/fd/3")
            for fd in glob.glob(f"/proc/{child}/fd/*"):
                assert os.readlink(fd) != own, "a child has the socket"
        launcher.stop()
    print("no child is given the socket")


def check_refuses_a_socket_that_no_key_names(program, folder):
    with Launcher(program, folder) as launcher:
        given, launcher.address = launcher.address, "127.0.0.1:0"
        try:
            launcher.start()
        except RuntimeError as refused:
            assert given in str(refused) and "ListenStream=" in str(refused), refused
        else:
            raise AssertionError("a server serves beside the socket that it was given")
    print("a socket that no key names is refused")


def check_systemd_starts_it(program, folder):
    tool = shutil.which("systemd-socket-activate")
    if not tool:
        print("SKIPPED: systemd-socket-activate is not installed (apt-get install systemd)")
        return 77
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = "127.0.0.1:%d" % free.getsockname()[1]
    with open(os.path.join(folder, "log"), "ab") as log:
        server = subprocess.Popen([tool, "-l", address, program, "serve", "--listen", address, "--data",
                                   os.path.join(folder, "data"), "--related.enabled", "false"],
                                  stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        give_up = time.monotonic() + PATIENCE_S
        while True:
            try:
                assert get_health(address)[0] == 200  # the first connection starts it, and waits for it
                break
            except ConnectionRefusedError:
                assert time.monotonic() < give_up and server.poll() is None, "nobody listens"
        server.send_signal(signal.SIGTERM)
        assert server.wait(PATIENCE_S) == 0
    finally:
        if server.poll() is None:
            server.kill()
            server.wait()
    print("systemd-socket-activate starts it with the first connection")
    return 0


def main():
    program = os.path.abspath(sys.argv[1])
    code = 0
    for check in (check_unready_while_it_leaves, check_no_child_is_given_the_socket,
                  check_refuses_a_socket_that_no_key_names, check_systemd_starts_it):
        folder = tempfile.mkdtemp(prefix="kappa-activated-")
        code = check(program, folder) or code
        shutil.rmtree(folder)
    return code


if __name__ == "__main__":
    sys.exit(main())
