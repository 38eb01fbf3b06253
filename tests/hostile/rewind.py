# A process that was put back is the process that it was: before each of many calls, ordinary ones and hostile ones, the
# rewinder compares every writable page with the image (rewind_audit = 1), and this test reads the processes' memory itself,
# from outside. What cannot be undone ends the process, and nothing of it is seen by the next call.
# usage: rewind.py PROGRAM [CALLS]
import argparse
import collections
import contextlib
import json
import os
import random
import sys
import time
from server import Server, descendants

HERE = os.path.dirname(os.path.abspath(__file__))
SEED = 20_261_126
NOT_PUT_BACK = 77  # exit code where this machine cannot
LOOK_EVERY = 10
MOST_BYTES = 64  # that differ from rest to rest: where the kernel notes the processor a thread runs on (rseq)
PUT_BACK_WITHIN_S = 0.3
APART = 15  # calls between two that cannot be undone: three such processes in a row, and the function's calls are fresh


def comm(pid):
    with contextlib.suppress(OSError), open(f"/proc/{pid}/comm", encoding="utf-8") as file:
        return file.read().strip()
    return ""


def waits(pid):
    """Whether it waits for a call: in poll, on x86-64 system call 7."""
    with contextlib.suppress(OSError), open(f"/proc/{pid}/syscall", encoding="utf-8") as file:
        return file.read().split()[0] == "7"
    return False


def begun(pid):
    """When it began: with its number who it is, for numbers are given again."""
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        return int(file.read().rsplit(")", 1)[1].split()[19])


def memory(pid):
    """Every page of its writable memory that is not all zero, by its address."""
    pages = {}
    with open(f"/proc/{pid}/maps", encoding="utf-8") as maps, open(f"/proc/{pid}/mem", "rb", buffering=0) as file:
        for line in maps:
            extent, rights = line.split()[:2]
            if rights[1] != "w":
                continue
            begin, end = (int(number, 16) for number in extent.split("-"))
            file.seek(begin)
            data = file.read(end - begin)
            for at in range(0, len(data), 4096):
                page = data[at : at + 4096]
                if page.strip(b"\0"):
                    pages[begin + at] = page
    return pages


def bytes_apart(one, other):
    """Of each page that differs how many bytes do."""
    nothing = bytes(4096)
    return {hex(at): sum(a != b for a, b in zip(one.get(at, nothing), other.get(at, nothing)))
            for at in one.keys() | other.keys() if one.get(at) != other.get(at)}


class Onlooker:
    """Reads the memory of processes that wait for a call, and compares it with what it was at their first look."""

    def __init__(self, server):
        self.server, self.first, self.looks, self.most = server, {}, collections.Counter(), {}

    def look_until_one_waits_again(self):
        before, end = self.again(), time.monotonic() + PUT_BACK_WITHIN_S
        while self.again() == before and time.monotonic() < end:
            self.look()

    def look(self):
        for pid in descendants(self.server.pid):
            if comm(pid) != "kappa-call" or not waits(pid):
                continue
            try:
                process, now = (pid, begun(pid)), memory(pid)
            except (OSError, ValueError):
                continue  # it has ended meanwhile
            if not waits(pid):
                continue
            before = self.first.setdefault(process, now)
            self.looks[process] += 1
            self.most = max(self.most, bytes_apart(before, now), key=lambda apart: sum(apart.values()))

    def again(self):
        """Looks at processes that had been looked at before."""
        return sum(self.looks.values()) - len(self.looks)


def run(client, onlooker, ways, calls):
    """How each way ended and what it gave, counted."""
    told = collections.defaultdict(collections.Counter)
    chance = random.Random(SEED)
    for number in range(calls):
        ending = number % APART == APART - 1
        way = chance.choice(ways["ending" if ending else "undone"])
        reply = client.call("rewind", do=way)
        told[way][f"{reply['verdict']} {json.dumps(reply.get('output'))} {str(reply.get('error'))[:80]}"] += 1
        if number % LOOK_EVERY == 0:
            onlooker.look_until_one_waits_again()
    return told


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("calls", type=int, nargs="?", default=600)
    asked = parser.parse_args()
    faults, begin = [], time.monotonic()
    with Server(asked.program, rewind_audit=1) as server:
        client = server.sign_up("ada")
        rewind = client.must("GET", "/health")["rewind"]
        if not rewind["holds"]:
            print(f"skipped: processes cannot be put back here: {rewind['detail']}")
            sys.exit(NOT_PUT_BACK)
        with open(os.path.join(HERE, "rewind_function.py"), encoding="utf-8") as file:
            client.create("rewind", file.read(), {"state": "rewind"})
        ways = client.call("rewind")["output"]
        onlooker = Onlooker(server)
        told = run(client, onlooker, ways, asked.calls)
        state = client.must("GET", "/functions/rewind/details")["in_force"]["state"]
        log = server.log().decode(errors="replace")
    for way, outcomes in told.items():
        for outcome, count in outcomes.items():
            print(f"  {way:<18} {count:>5}  {outcome[:100]}")
        if len(outcomes) > 1:
            faults.append(f"{way} was told apart from itself: it found what an earlier call left")
    if state != "rewind":
        faults.append(f"the function's calls became {state}")
    if "not as it was" in log:
        faults.append("an audit found pages that differ")
    most = sum(onlooker.most.values())
    looks = f"{onlooker.again()} looks from outside, at {len(onlooker.looks)} processes"
    if os.geteuid() == 0 and onlooker.again() < asked.calls / LOOK_EVERY / 3:
        faults.append(f"hardly any process served several calls: {looks}")
    if most > MOST_BYTES:
        faults.append(f"a process that waits differs from itself by {most} bytes, in pages {onlooker.most}")
    print(f"{asked.calls} calls in {time.monotonic() - begin:.0f} s, each followed by a comparison of every page; {looks}: at most "
          f"{most} bytes differ")
    for fault in faults:
        print(f"    FAILED: {fault}")
    sys.exit(1 if faults else 0)


main()
