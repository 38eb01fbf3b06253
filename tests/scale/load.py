"""Clients, each of which makes one call after the other, and their log."""

import dataclasses
import http.client
import itertools
import json
import threading
import time

PATIENCE_S = 40
PASSWORD = "correct horse"


@dataclasses.dataclass
class Call:
    """One call as its client saw it. Status 0: no reply came."""

    number: int
    begun: float
    ended: float = 0.0
    status: int = 0
    reply: dict = dataclasses.field(default_factory=dict)
    fields: dict = dataclasses.field(default_factory=dict)


class Client:
    """A user's connection, kept open. Used by one thread at a time, which is on the clients' host."""

    def __init__(self, address, token=None):
        self.address, self.token = address, token
        self.connection = http.client.HTTPConnection(address, timeout=PATIENCE_S)

    def ask(self, method, path, body=None):
        fields = {"Authorization": "Bearer " + self.token} if self.token else {}
        payload = None if body is None else json.dumps(body).encode()
        if payload is not None:
            fields["Content-Type"] = "application/json"
        try:
            self.connection.request(method, path, payload, fields)
            reply = self.connection.getresponse()
            text = reply.read()
        except (OSError, http.client.HTTPException):
            self.connection.close()  # the next request opens it anew
            raise
        return reply.status, json.loads(text), {name.lower(): value for name, value in reply.getheaders()}

    def must(self, method, path, body=None):
        status, reply, _ = self.ask(method, path, body)
        if status >= 300:
            raise AssertionError(f"{method} {path}: {status} {reply}")
        return reply

    def sign_up(self, username):
        self.must("POST", "/signup", {"username": username, "password": PASSWORD})
        self.token = self.must("POST", "/login", {"username": username, "password": PASSWORD})["access_token"]


class Load:
    """So many clients at once until it ends; `arguments` are the function's beside the call's number."""

    numbers = itertools.count(1)

    def __init__(self, host, client, clients, **arguments):
        self.host, self.address, self.token = host, client.address, client.token
        self.arguments = {"slow": {}, **arguments}
        self.calls, self.over = [], threading.Event()
        self.threads = [threading.Thread(target=self._go_on) for _ in range(clients)]

    def _go_on(self):
        self.host.enter()
        client = Client(self.address, self.token)
        while not self.over.is_set():
            call = Call(next(Load.numbers), time.monotonic())
            self.calls.append(call)
            try:
                call.status, call.reply, call.fields = client.ask(
                    "POST", "/functions/f/invoke", {"call": call.number, **self.arguments})
            except (OSError, http.client.HTTPException):
                pass
            call.ended = time.monotonic()
            if call.status in (0, 503):
                self.over.wait(0.1)  # it is asked again, but not a thousand times a second
        client.connection.close()

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join()

    def ended(self):
        return [call for call in list(self.calls) if call.ended]

    def failed(self):
        return [call for call in self.ended() if call.status != 200]
