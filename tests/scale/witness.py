"""Sees which calls run, and where, past everything that Kappa and HAProxy say of them: each call sends it a datagram when it
begins and another when it ends."""

import collections
import socket
import threading
import time

PORT = 7
FUNCTION = """
import socket
import time


def main(*, call, ms, slow):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        wire.connect(("{address}", {port}))
        here = wire.getsockname()[0]
        wire.send(b"begin %d" % call)
        print("call", call, "begins", flush=True)
        time.sleep(ms / 1000 * (slow.get(here) or 1))
        wire.send(b"end %d" % call)
    return call
"""
Seen = collections.namedtuple("Seen", "where at")


class Witness:
    def __init__(self, host):
        self.code = FUNCTION.format(address=host.address, port=PORT)
        self.begins, self.ends = collections.defaultdict(list), collections.defaultdict(list)
        self.lock = threading.Lock()  # while either is looked through or grows
        listens = threading.Event()
        threading.Thread(target=self._listen, args=(host, listens), daemon=True).start()
        if not listens.wait(10):
            raise RuntimeError("the witness does not listen")

    def _listen(self, host, listens):
        host.enter()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
            wire.bind((host.address, PORT))
            listens.set()
            while True:
                said, (where, _) = wire.recvfrom(100)
                what, call = said.split()
                seen = self.begins if what == b"begin" else self.ends
                with self.lock:
                    seen[int(call)].append(Seen(where, time.monotonic()))

    def running_at(self, address):
        """Calls that have begun there and not ended."""
        with self.lock:
            return {call for call, seen in self.begins.items() if seen[-1].where == address and call not in self.ends}

    def began_at(self, address, since):
        """Whether a call has begun there since then."""
        with self.lock:
            return any(seen.where == address and seen.at > since for begins in self.begins.values() for seen in begins)
