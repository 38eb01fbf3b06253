# A server is replaced twice while 500 requests a second call a function, on connections that are kept open and on new
# ones: no call may fail. What makes it so can be left out, to see that the test notices: --own-socket, --leave-ms 0.
# usage: in_place.py PROGRAM [--seconds 6] [--own-socket] [--leave-ms MS]
import argparse
import http.client
import itertools
import json
import shutil
import sys
import tempfile
import threading
import time

from launcher import Launcher

RATE = 500
KEPT, ANEW = 16, 16  # clients of each kind: one request at a time each
PATIENCE_S = 60
CODE = "def main(*, n):\n    return n\n"
PASSWORD = "correct horse"


def ask(connection, method, path, body=None, token=None):
    """Status, reply, and whether the server ends the connection."""
    fields = {"Content-Type": "application/json", **({"Authorization": "Bearer " + token} if token else {})}
    connection.request(method, path, None if body is None else json.dumps(body), fields)
    reply = connection.getresponse()
    return reply.status, json.loads(reply.read()), reply.will_close


def sign_up(address):
    connection = http.client.HTTPConnection(address, timeout=PATIENCE_S)
    user = {"username": "ada", "password": PASSWORD}
    ask(connection, "POST", "/signup", user)
    token = ask(connection, "POST", "/login", user)[1]["access_token"]
    status, reply, _ = ask(connection, "POST", "/functions/", {"name": "same", "code": CODE}, token)
    assert status == 200, reply
    connection.close()
    return token


class Load:
    """Calls at times fixed ahead; a client that is late makes the next ones at once, so that none is left out."""

    def __init__(self, address, token, calls):
        self.address, self.token, self.calls = address, token, calls
        self.begin = time.monotonic()
        self.numbers = itertools.count()  # next() of it is atomic
        self.failures, self.done, self.slowest_s = [], 0, 0.0
        self.lock = threading.Lock()
        self.clients = [threading.Thread(target=self.run, args=(i < KEPT,)) for i in range(KEPT + ANEW)]
        for client in self.clients:
            client.start()

    def call(self, connection, n):
        """Whether the connection can be used again."""
        begin = time.monotonic()
        failure, closes = None, True
        try:
            status, reply, closes = ask(connection, "POST", "/functions/same/invoke", {"n": n}, self.token)
            if status != 200 or reply["output"] != n:
                failure = f"{status} {reply}"
        except (OSError, http.client.HTTPException) as error:
            failure = repr(error)
        with self.lock:
            self.done += 1
            self.slowest_s = max(self.slowest_s, time.monotonic() - begin)
            if failure:
                self.failures.append(f"call {n}: {failure}")
        return not closes and not failure

    def run(self, keep):
        connection = None
        for n in self.numbers:
            if n >= self.calls:
                break
            time.sleep(max(0.0, self.begin + n / RATE - time.monotonic()))
            connection = connection or http.client.HTTPConnection(self.address, timeout=PATIENCE_S)
            if not self.call(connection, n) or not keep:
                connection.close()
                connection = None

    def wait_for(self, share):
        while self.done < self.calls * share:
            time.sleep(0.01)  # the calls go on meanwhile


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--own-socket", action="store_true")
    parser.add_argument("--leave-ms", type=int)
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="kappa-upgrade-")
    keys = {} if options.leave_ms is None else {"leave_ms": options.leave_ms}
    with Launcher(options.program, folder, options.own_socket, **keys) as launcher:
        launcher.start()
        load = Load(launcher.address, sign_up(launcher.address), int(RATE * options.seconds))
        for share in (1 / 3, 2 / 3):
            load.wait_for(share)
            begin = time.monotonic()
            launcher.replace()
            print(f"replaced within {time.monotonic() - begin:.2f} s")
        for client in load.clients:
            client.join()
        took = time.monotonic() - load.begin
    shutil.rmtree(folder)
    print(f"{load.done} calls in {took:.1f} s, the slowest {load.slowest_s:.2f} s, failed {len(load.failures)}")
    for failure in load.failures[:10]:
        print("  " + failure)
    return 1 if load.failures else 0


if __name__ == "__main__":
    sys.exit(main())
