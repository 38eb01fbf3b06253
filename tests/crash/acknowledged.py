# What a server has acknowledged to one user, and whether it still knows it.
import http.client
import random

LEDGER_PAGE = 1000
SLOW_S = 0.25
CODE = """import sys, time
def main(*, kind, number):
    print("printed", number)
    if kind == "slow":
        time.sleep({slow})
    if kind == "failing":
        raise ValueError(number)
    return number
# {tag}
"""
VERDICT = {"ok": "ok", "slow": "ok", "failing": "error"}
GONE = (OSError, http.client.HTTPException, ValueError)  # no reply, or a part of one
LATER = (429, 503)  # refused, and nothing done


class Wrong(Exception):
    """The server answered what it should not have."""


class Account:
    """One user's life, by one thread at a time. A step says whether it was done, and not refused. What is asked is `open` until it is answered: after a crash it may have been
    done or not."""

    def __init__(self, username, password, seed):
        self.username, self.password, self.random = username, password, random.Random(seed)
        self.token = None
        self.known = False  # signup was acknowledged
        self.live, self.deleted, self.unsure = {}, set(), {}  # name: code; names; name: code of one that may exist
        self.executions = {}  # id: (name, verdict, number), acknowledged
        self.open_calls = 0  # sent, and never answered
        self.number = 0
        self.new_calls = []  # ids acknowledged since the last check

    def answered(self, client, method, path, body=None):
        """Status and reply; raises one of GONE when the server went away."""
        status, reply = client.ask(method, path, body)
        if status >= 500 and status != 503 and not (isinstance(reply, dict) and "verdict" in reply):
            raise Wrong(f"{method} {path} answered {status} {reply}")
        return status, reply

    def sign_up(self, client):
        if not self.known:
            status, reply = self.answered(client, "POST", "/signup", {"username": self.username, "password": self.password})
            if status in LATER:
                return False
            if status not in (200, 409):  # it may have been signed up before the crash
                raise Wrong(f"signup of {self.username} answered {status} {reply}")
            self.known = True
        status, reply = self.answered(client, "POST", "/login", {"username": self.username, "password": self.password})
        if status == 200:
            self.token = client.token = reply["access_token"]
        elif status not in LATER:
            raise Wrong(f"login of {self.username} answered {status} {reply}")
        return status == 200

    def create(self, client):
        name = f"f{self.number}"
        code = CODE.format(slow=SLOW_S, tag=f"{self.username} {name}")
        self.number += 1
        self.unsure[name] = code
        status, reply = self.answered(client, "POST", "/functions/", {"name": name, "code": code})
        if status == 200:
            self.live[name] = code
        elif status not in LATER:
            raise Wrong(f"creating {name} answered {status} {reply}")
        if status == 200:
            del self.unsure[name]
        return status == 200

    def delete(self, client):
        name = self.random.choice(sorted(self.live))
        self.unsure[name] = self.live.pop(name)
        status, reply = self.answered(client, "DELETE", f"/functions/{name}")
        if status == 200:
            del self.unsure[name]
            self.deleted.add(name)
        elif status not in LATER:
            raise Wrong(f"deleting {name} answered {status} {reply}")
        return status == 200

    def call(self, client, kind):
        name, number = self.random.choice(sorted(self.live)), self.number
        self.number += 1
        self.open_calls += 1
        status, reply = self.answered(client, "POST", f"/functions/{name}/invoke", {"kind": kind, "number": number})
        if status in LATER:
            return False
        lost = status == 502 and reply["verdict"] == "runner_lost"  # it ran, and could not be recorded
        if "verdict" not in reply or reply["verdict"] != VERDICT[kind] and not lost:
            raise Wrong(f"call {number} of {name} ({kind}) answered {status} {reply}")
        if reply["exec_id"] in self.executions:
            raise Wrong(f"execution {reply['exec_id']} was told twice")
        self.executions[reply["exec_id"]] = (name, reply["verdict"], number)
        if not reply["output_cut"] and not lost:
            self.new_calls.append(reply["exec_id"])
        self.open_calls -= 1
        return not lost

    def act(self, client):
        """Something, at random."""
        if self.token is None:
            return self.sign_up(client)
        client.token = self.token
        if not self.live:
            return self.create(client)
        act = self.random.choices(["create", "delete", "ok", "failing", "slow"], [8, 6, 60, 20, 6])[0]
        if act == "create":
            return self.create(client)
        if act == "delete":
            return self.delete(client)
        return self.call(client, act)

    def check(self, client):
        """What of it is not as it was acknowledged; then what was open is known."""
        if not self.known:
            return []
        found = []
        status, reply = client.ask("POST", "/login", {"username": self.username, "password": self.password})
        if status != 200:
            return [f"user {self.username} is lost: {status} {reply}"]
        if self.token is None:
            self.token = reply["access_token"]
        client.token = self.token
        status, reply = client.ask("GET", "/user/me")
        if status != 200:
            return [f"the token of {self.username} is lost: {status} {reply}"]
        found += self.check_functions(client)
        ledger = self.ledger(client)
        found += self.check_executions(ledger)
        found += self.check_bill(client, ledger)
        for exec_id in self.new_calls:
            if self.executions[exec_id][0] in self.live:
                found += self.check_logs(client, exec_id)
        self.new_calls = []
        return [f"{self.username}: {line}" for line in found]

    def check_functions(self, client):
        there = {function["name"] for function in client.must("GET", "/functions/?limit=1000")["functions"]}
        found = [f"function {name} is lost" for name in self.live.keys() - there]
        found += [f"function {name} came back" for name in self.deleted & there]
        found += [f"function {name} was never asked for" for name in there - self.live.keys() - self.unsure.keys()]
        for name, code in self.unsure.items():
            if name in there:
                self.live[name] = code
            else:
                self.deleted.add(name)
        self.unsure = {}
        for name in self.live.keys() & there:
            status, reply = client.ask("GET", f"/functions/{name}/code")
            if status != 200 or reply["code"] != self.live[name]:
                found.append(f"the code of {name} is lost: {status} {str(reply)[:200]}")
        return found

    def ledger(self, client):
        rows, before = [], ""
        while before is not None:
            page = client.must("GET", f"/executions?limit={LEDGER_PAGE}" + (f"&before={before}" if before else ""))
            rows += page["executions"]
            before = page.get("next")
        return rows

    def check_executions(self, ledger):
        ids = [row["exec_id"] for row in ledger]
        by_id = {row["exec_id"]: row for row in ledger}
        found = [f"{len(ids) - len(by_id)} executions are listed twice"] if len(ids) != len(by_id) else []
        if ids != sorted(ids, reverse=True):
            found.append("the ledger is not in order")
        for exec_id, (name, verdict, _) in self.executions.items():
            row = by_id.get(exec_id)
            if row is None:
                found.append(f"execution {exec_id} of {name} is lost")
            elif (row["fn"], row.get("verdict")) != (name, verdict):
                found.append(f"execution {exec_id} was {name} {verdict} and is {row['fn']} {row.get('verdict')}")
        found += [f"execution {row['exec_id']} has no final state" for row in ledger
                  if row.get("verdict") is None or row.get("ended_at") is None]
        unknown = len(by_id.keys() - self.executions.keys())
        if unknown > self.open_calls:
            found.append(f"{unknown} executions were never told of, and only {self.open_calls} calls were open")
        return found

    def check_bill(self, client, ledger):
        bill = client.must("GET", "/bill")
        counted = {}
        for row in ledger:
            if row.get("verdict") != "runner_lost":
                counted[row["fn"]] = counted.get(row["fn"], 0) + 1
        if bill["fn"] != counted or bill["total"] != sum(counted.values()):
            return [f"the bill is {bill}, and the executions make {counted}"]
        return []

    def check_logs(self, client, exec_id):
        status, reply = client.ask("GET", f"/functions/exec/{exec_id}/logs/")
        wanted = f"printed {self.executions[exec_id][2]}"
        if status == 200 and any(wanted in line["content"] for line in reply["logs"]):
            return []
        return [f"what execution {exec_id} printed is lost: {status} {str(reply)[:200]}"]
