# What a call finds is the same before each of many calls, whatever the calls before it did: the state of its process and its
# files, as far as a function can tell, has one hash; and no two calls draw the same random numbers.
# usage: fresh.py PROGRAM [CALLS]
import argparse
import collections
import hashlib
import json
import os
import sys
from server import Server, left_files, shared_files

HERE = os.path.dirname(os.path.abspath(__file__))
TIMEOUT_MS = 10_000
# What comes before a call: the poison, and how the call that spread it ended.
HOSTILE = [("trace", ""), ("python", ""), ("trace", ""), ("files", ""), ("process", ""), ("trace", "crash"), ("company", ""),
           ("full", ""), ("all", ""), ("all", "crash"), ("files", "exit")]
MOST_SHOWN = 20


def digest(value):
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]


def differences(one, other, path=""):
    """Where two JSON values differ, and how."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted({*one, *other}):
            yield from differences(one.get(key), other.get(key), f"{path}/{key}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) + len(other) > 20:
        yield from ((path, f"without {line!r}") for line in one if line not in other)
        yield from ((path, f"with {line!r}") for line in other if line not in one)
    elif one != other:
        yield path, f"{one!r} became {other!r}"


class Observer:
    """Compares what each call finds with what the first one found."""

    def __init__(self, client):
        self.client, self.first, self.hashes = client, None, collections.Counter()
        self.drawn, self.changes = collections.defaultdict(list), collections.Counter()

    def look(self, after):
        reply = self.client.call("state")
        assert reply["verdict"] == "ok", f"after {after}: {reply['verdict']} {reply.get('error')} {reply.get('traceback')}"
        state = reply["output"]["state"]
        self.first = self.first or state
        self.hashes[digest(state)] += 1
        for name, value in reply["output"]["random"].items():
            self.drawn[name].append(value)
        if state != self.first:
            self.changes.update((f"after {after}: {path}", how[:200]) for path, how in differences(self.first, state))

    def report(self):
        """Whether it was the same each time."""
        print(f"{sum(self.hashes.values())} calls, {len(self.hashes)} hash(es)")
        for (path, how), count in self.changes.most_common(MOST_SHOWN):
            print(f"    FAILED: {count} times {path}: {how}")
        fresh = True
        for name, values in self.drawn.items():
            fresh &= len(set(values)) == len(values)
            mark = "" if len(set(values)) == len(values) else "  FAILED"
            print(f"  {name:<14} {len(set(values))} of {len(values)} differ{mark}")
        machine = isinstance(self.first["files"]["files"], str)
        if machine:
            print(f"    FAILED: functions see {self.first['files']['files']}")
        return len(self.hashes) == 1 and fresh and not machine


def poison(client, name, ending, told):
    """Has a call do its worst; `told` counts what it could do and what it was refused."""
    expected = {"": "ok", "crash": "crashed", "exit": "exited"}[ending]
    reply = client.call("state", poison=name, ending=ending)
    if reply["verdict"] == "ok":
        for what, error in reply["output"].items():
            told[what][error or "done"] += 1
    return reply["verdict"] == expected or f"{name} {ending}: {reply['verdict']} {reply.get('error')}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("calls", type=int, nargs="?", default=200)
    asked = parser.parse_args()
    told, odd, files = collections.defaultdict(collections.Counter), collections.Counter(), shared_files()
    with Server(asked.program, timeout_ms=TIMEOUT_MS) as server:
        client = server.sign_up("ada")
        with open(os.path.join(HERE, "state_function.py"), encoding="utf-8") as file:
            client.create("state", file.read())
        observer = Observer(client)
        observer.look("nothing")
        for number in range(asked.calls):
            name, ending = HOSTILE[number % len(HOSTILE)]
            well = poison(client, name, ending, told)
            if well is not True:
                odd[well] += 1
            observer.look(f"{name} {ending}".strip())
        left = left_files(files, set())
    print("what the hostile calls tried:")
    for what, outcomes in told.items():
        print(f"  {what:<60} {', '.join(f'{outcome} {count}' for outcome, count in outcomes.items())}")
    for how, count in odd.items():
        print(f"  ended otherwise {count} times: {how}")
    well = observer.report()
    for path in left:
        print(f"    FAILED: left {path}")
    sys.exit(0 if well and not left else 1)


main()
