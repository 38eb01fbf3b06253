# Runs each function of tests/functions/ on a real server while another tenant goes on calling one of its own, and looks:
# the verdict is right; it was killed in time; nothing of it is left 100 ms after the reply, neither a process nor a file, a
# mount or memory; the server and the neighbour do not feel it; what it printed is in the logs, byte by byte, up to the cap.
# usage: hostile.py PROGRAM [--only NAME...] [--untimed] [--state STATE]
#
# A function's file says what is expected, in lines "# KEY: VALUE" behind its docstring:
#   expects: VERDICT|VERDICT     detail: a regular expression      output: what main() returns, as JSON
#   limits: settings as JSON     within_ms: what wall_ms may be    prints: a Python expression, its stdout up to the cap
#   delete_after_ms: its function is deleted while it runs
#
# What depends on how busy the machine is - lateness, leftovers' time, the neighbour's p99 - fails a function only when it is
# wrong in each of three tries; a wrong verdict or a lost byte fails it at once. The neighbour's p99 in the seconds of a try,
# of some 150 calls, may be twice that of as long a quiet time: the middle one of five at first, or the one behind the try.
# Below 10 ms it is fine in any case, for a scheduler's turn or two say nothing. With --untimed all that is shown, and fails
# nothing.
import argparse
import glob
import json
import os
import re
import sys
import threading
import time
from server import Server, descendants, field, left_files, percentile, processes, settled, shared_files

HERE = os.path.dirname(os.path.abspath(__file__))
TIMEOUT_MS = 1000
LATE_MS = 100  # past the deadline
GONE_MS = 100  # after the reply
LOST_S = 3  # what is there then is there for good
TRIES = 3
TIMED_FOR_S, UNTIMED_FOR_S = 2.0, 1.0  # a function that ends sooner is called again: the neighbour is to have something to feel
PAUSE_S = 0.05  # between them: it is to be hostile, and no benchmark of how two share a disk
NEIGHBOUR_RATE = 100  # calls a second, were each answered at once
WARM_S = 1
QUIET_TIMES = 5  # as long
SPARES = 2  # that a function may have waiting when at most one call has run at a time
P99_RATIO = 2.0
P99_FLOOR_MS = 10.0
SHARED_MEMORY_KB = 4096  # what the machine's may have grown by, a second after a call
OUTPUT_BYTES = 1 << 20
RAISED = -5  # this program's own niceness: it is to measure the server's delays, not its own


class Function:
    """A file of tests/functions/ and what it says of itself."""

    def __init__(self, path):
        self.name = os.path.basename(path).removesuffix(".py")
        with open(path, encoding="utf-8") as file:
            self.code = file.read()
        said = dict(re.findall(r"^# (\w+): (.*)$", self.code, re.M))
        self.expects = said["expects"].split("|")
        self.detail, self.within_ms = said.get("detail", ""), float(said.get("within_ms", "inf"))
        self.output = json.loads(said["output"]) if "output" in said else None
        self.delete_after_ms = int(said.get("delete_after_ms", 0))
        self.limits = {"timeout_ms": TIMEOUT_MS, **json.loads(said.get("limits", "{}"))}
        prints = eval(said["prints"], {}) if "prints" in said else None  # of our own files
        self.prints = prints.encode() if isinstance(prints, str) else prints


def kept(printed, cap):
    """What the logs are to have of these bytes: text, all else escaped, cut at the cap and marked."""
    text = printed.decode("utf-8", "backslashreplace").encode()
    if len(text) <= cap:
        return text.decode()
    return text[:cap].decode("utf-8", "ignore") + f"\n[output cut at {cap} bytes]\n"


class Neighbour(threading.Thread):
    """Another tenant who calls a small function at a steady rate."""

    def __init__(self, client):
        super().__init__(daemon=True)
        with open(os.path.join(HERE, "neighbour_function.py"), encoding="utf-8") as file:
            client.create("neighbour", file.read())
        self.client, self.calls, self.over = client, [], threading.Event()  # a call: when, how long in ms, what was wrong
        self.start()

    def run(self):
        number = 0
        while not self.over.wait(1 / NEIGHBOUR_RATE):
            number += 1
            begin = time.monotonic()
            try:
                reply = self.client.call("neighbour", number=number)
                wrong = "" if reply.get("output") == number else f"{reply['verdict']}: {reply.get('error')}"
            except Exception as error:  # a connection that broke is what this looks for
                wrong = repr(error)
                self.client.close()
            self.calls.append((begin, (time.monotonic() - begin) * 1000, wrong))

    def felt(self, begin, end):
        """How many of its calls went well, in per cent, their p99 in ms, and what the first wrong one was told."""
        calls = [call for call in list(self.calls) if begin <= call[0] <= end]
        wrong = [call[2] for call in calls if call[2]]
        good = 100.0 * (1 - len(wrong) / len(calls)) if calls else 100.0
        return good, percentile([call[1] for call in calls], 0.99), wrong[0] if wrong else ""


class World:
    """A server, a hostile tenant and a neighbour, and how things were before anything hostile ran."""

    def __init__(self, server, seconds):
        self.seconds = seconds  # that a try takes at least
        self.server, self.hostile = server, server.sign_up("mallory")
        self.hostile.create("plain", "def main(): return 1")
        self.hostile.call("plain")
        self.template, self.neighbours, self.ours = server.template(), set(), set()
        before = settled(self.loaded)
        self.neighbour = Neighbour(server.sign_up("ada"))
        time.sleep(WARM_S + QUIET_TIMES * seconds)
        self.neighbours = settled(self.loaded) - before
        assert len(self.neighbours) == 1, f"the neighbour's function is loaded in {self.neighbours}"
        now = time.monotonic()
        ends = [now - n * seconds for n in range(QUIET_TIMES)]
        self.quiet_p99 = percentile([self.neighbour.felt(end - seconds, end)[1] for end in ends], 0.5)
        self.health = self.hostile.must("GET", "/health")
        self.mounts, self.files, self.data = self.seen_mounts(), shared_files(), self.data_files()

    def tree(self):
        """The server's processes without the neighbour's: those it started, and those that lost their parent."""
        found = descendants(os.getpid(), self.neighbours)
        found.pop(self.server.pid, None)
        self.ours.update(found)
        return found

    def parts(self):
        """Them by their parent; and which are functions' inits, and below those zygotes: of one that is made ahead, too."""
        children = {}
        for pid, process in self.tree().items():
            children.setdefault(process.parent, []).append(pid)
        inits = children.get(self.template, [])
        return children, inits, [child for init in inits for child in children.get(init, ())]

    def loaded(self):
        """The inits that hold a function: its zygote has made processes for calls."""
        children, inits, _ = self.parts()
        return {init for init in inits if any(zygote in children for zygote in children.get(init, ()))}

    def busy(self, spares=SPARES):
        """How many of them are calls', or were: of a zygote's children that have none of their own so many may wait for one."""
        children, inits, zygotes = self.parts()
        everybody = sum(len(pids) for pids in children.values())
        waiting = [sum(child not in children for child in children.get(zygote, ())) for zygote in zygotes]
        return everybody - 1 - len(inits) - len(zygotes) - sum(min(spares, count) for count in waiting)

    def seen_mounts(self):
        with open(f"/proc/{self.server.pid}/mountinfo", encoding="utf-8") as file:
            return file.read()

    def data_files(self):
        return {re.sub(r"\d{4}-\d\d-\d\d", "DAY", name) for _, _, names in os.walk(self.server.data) for name in names}

    def changed(self):
        """What is not as it was, of that which a call must never change."""
        if self.server.process.poll() is not None:
            return [f"the server ended with {self.server.process.returncode}: {self.server.log()[-500:]}"]
        wrong = [f"left {path}" for path in left_files(self.files, self.ours)]
        if self.hostile.must("GET", "/health") != self.health:
            wrong.append("/health says something else")
        if self.hostile.call("plain").get("output") != 1:
            wrong.append("a plain function fails")
        if self.template not in processes():
            wrong.append(f"the template was killed: {self.server.log()[-400:]}")
            self.template = self.server.template()
        if self.seen_mounts() != self.mounts:
            wrong.append("the server's mounts changed")
        wrong += [f"left {name} in the data folder" for name in sorted(self.data_files() - self.data)]
        return wrong


class Try:
    """One function, created, called and deleted; `wrong` is what must never be, `untimely` what a busy machine may do."""

    def __init__(self, world, function):
        self.world, self.function, self.wrong, self.untimely = world, function, [], []
        self.client, self.late_ms, self.verdicts = world.hostile, None, set()
        self.client.create(function.name, function.code, function.limits)
        before = settled(world.busy)
        shared_kb = field("/proc/meminfo", "Shmem")
        begin, calls = time.monotonic(), 0
        while calls == 0 or (time.monotonic() - begin < world.seconds and not function.delete_after_ms):
            if calls > 0:
                time.sleep(PAUSE_S)
            reply = self.call()
            calls += 1
        replied = time.monotonic()
        self.left, self.gone_ms = self.look_for_leftovers(before, replied)
        self.look_at_memory(shared_kb, replied + 1)
        self.look_at_logs(reply)
        self.look_at_neighbour(begin, replied)
        if not function.delete_after_ms:
            self.client.delete(function.name)
        self.wrong += world.changed()

    def call(self):
        function, sent = self.function, time.monotonic()
        deleting = threading.Timer(function.delete_after_ms / 1000, self.client.again().delete, [function.name])
        if function.delete_after_ms:
            deleting.start()
        reply = self.client.call(function.name)
        took_ms = (time.monotonic() - sent) * 1000
        verdict, error = reply["verdict"], reply.get("error") or ""
        self.verdicts.add(verdict)
        if verdict not in function.expects:
            self.wrong.append(f"{verdict} ({error or reply.get('output')}) instead of {' or '.join(function.expects)}")
        elif not re.search(function.detail, error):
            self.wrong.append(f"says {error!r}, not {function.detail!r}")
        if function.output is not None and reply.get("output") != function.output:
            self.wrong.append(f"returned {reply.get('output')}")
        if reply["wall_ms"] > function.within_ms:
            self.untimely.append(f"took {reply['wall_ms']:.0f} ms, more than {function.within_ms:.0f}")
        late_ms = max(reply["wall_ms"], took_ms) - function.limits["timeout_ms"]
        if verdict == "timeout" and late_ms > 0:  # else it was CPU time
            self.late_ms = late_ms if self.late_ms is None else max(self.late_ms, late_ms)
        if late_ms > LATE_MS:
            self.untimely.append(f"killed {reply['wall_ms'] - function.limits['timeout_ms']:.0f} ms and answered "
                                 f"{took_ms - function.limits['timeout_ms']:.0f} ms past its deadline")
        return reply

    def look_for_leftovers(self, before, replied):
        """Processes that were not there before: how many after 100 ms, and when there were none."""
        left, at_100_ms, now = self.world.busy() - before, None, time.monotonic()
        while left > 0 and now < replied + LOST_S:
            if at_100_ms is None and now > replied + GONE_MS / 1000:
                at_100_ms = left
            time.sleep(0.003)
            left, now = self.world.busy() - before, time.monotonic()
        gone = now
        if at_100_ms and left <= 0:  # a spare that has gone since may be taken for it: by then one is left of each
            time.sleep(max(0.0, replied + LOST_S - now))
            left = self.world.busy(1) - before
        if left > 0:
            self.wrong.append(f"{left} processes are left after {LOST_S} s")
        elif at_100_ms:
            self.untimely.append(f"{at_100_ms} processes left after 100 ms")
        return at_100_ms or 0, (gone - replied) * 1000

    def look_at_neighbour(self, begin, end):
        self.good, self.p99, told = self.world.neighbour.felt(begin, end)
        if self.good < 100:
            self.wrong.append(f"the neighbour was told {told!r}")
        most = max(P99_RATIO * self.world.quiet_p99, P99_FLOOR_MS)
        if self.p99 > most:
            time.sleep(self.world.seconds)
            now = time.monotonic()
            most = max(most, P99_RATIO * self.world.neighbour.felt(now - self.world.seconds, now)[1])
        if self.p99 > most:
            self.untimely.append(f"the neighbour's p99 was {self.p99:.0f} ms")

    def look_at_logs(self, reply):
        function, cap = self.function, self.function.limits.get("output_bytes", OUTPUT_BYTES)
        if function.prints is None or "exec_id" not in reply or function.delete_after_ms:
            return
        expected, out = kept(function.prints, cap), self.client.printed(reply["exec_id"])[0]
        if out != expected:
            at = len(os.path.commonprefix([out, expected]))
            self.wrong.append(f"logs have {out[at:at + 40]!r} at {at}, not {expected[at:at + 40]!r}")
        cut = self.client.must("GET", f"/executions/{reply['exec_id']}")["output_cut"]
        if cut != expected.endswith(f"[output cut at {cap} bytes]\n"):
            self.wrong.append(f"output_cut is {cut}")

    def look_at_memory(self, before_kb, end):
        """Shared memory, files in memory and tmpfs outlive processes."""
        grown = field("/proc/meminfo", "Shmem") - before_kb
        while grown > SHARED_MEMORY_KB and time.monotonic() < end:
            time.sleep(0.02)
            grown = field("/proc/meminfo", "Shmem") - before_kb
        if grown > SHARED_MEMORY_KB:
            self.untimely.append(f"{grown >> 10} MiB of shared memory are left")

    def shown(self, tries):
        late = "-" if self.late_ms is None else f"{self.late_ms:.0f}"
        ratio = self.p99 / self.world.quiet_p99 if self.world.quiet_p99 else 0.0
        state = "FAILED" if self.wrong or self.untimely else "ok"
        print(f"{self.function.name:<36} {'|'.join(sorted(self.verdicts)):<14} {late:>7} {self.left:>5} {self.gone_ms:>7.0f} "
              f"{self.good:>6.1f} {self.p99:>7.1f} {ratio:>6.1f} {tries:>6}  {state}", flush=True)
        for reason in dict.fromkeys(self.wrong + self.untimely):
            print(f"    {reason[:300]}", flush=True)


def run(world, function, untimed):
    """Whether it went well."""
    for tries in range(1, TRIES + 1):
        result = Try(world, function)
        if result.wrong or untimed or not result.untimely:
            break
    result.shown(tries)
    return not result.wrong and (untimed or not result.untimely)


def run_all(program, functions, untimed):
    """On one server. Gives the names of those that failed."""
    try:
        server = Server(program)
    except RuntimeError as error:
        for function in functions:
            print(f"{function.name:<36} FAILED\n    {error}", flush=True)
        return [function.name for function in functions]
    with server:
        world = World(server, UNTIMED_FOR_S if untimed else TIMED_FOR_S)
        failed = [function.name for function in functions if not run(world, function, untimed)]
        world.neighbour.over.set()
        world.neighbour.join()
        good, p99, told = world.neighbour.felt(0, time.monotonic())
        rss = field(f"/proc/{server.pid}/status", "RssAnon")
        print(f"neighbour {good:.2f} % of {len(world.neighbour.calls)} calls, p99 {p99:.1f} ms, quiet "
              f"{world.quiet_p99:.1f} ms; server's own memory {rss >> 10} MiB\n", flush=True)
        if b"forged-line" in server.log() or re.search(rb"[\x00-\x09\x0b-\x1f]", server.log()):
            print("    FAILED: the server's log has what a function wrote")
            failed.append("log")
    return failed


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--only", nargs="+", default=[])
    parser.add_argument("--untimed", action="store_true")
    parser.add_argument("--state", default="fresh", choices=["fresh", "rewind"], help="of the hostile functions")
    asked = parser.parse_args()
    functions = [Function(path) for path in sorted(glob.glob(os.path.join(HERE, "..", "functions", "*.py")))]
    if unknown := {*asked.only} - {function.name for function in functions}:
        parser.error(f"no such function: {' '.join(sorted(unknown))}")
    functions = [function for function in functions if not asked.only or function.name in asked.only]
    for function in functions:
        function.limits["state"] = asked.state
    if os.geteuid() == 0:
        os.setpriority(os.PRIO_PROCESS, 0, RAISED)
    sys.setswitchinterval(0.0005)  # of its threads: the neighbour's clock must not wait for the looking
    print(f"{'function':<36} {'verdict':<14} {'late ms':>7} {'left':>5} {'gone ms':>7} {'good %':>6} {'p99 ms':>7} {'ratio':>6} "
          f"{'tries':>6}")
    failed = run_all(asked.program, functions, asked.untimed)
    print(f"{len(functions) - len(failed)} of {len(functions)} functions" + (f"; failed: {' '.join(failed)}" if failed else ""))
    sys.exit(1 if failed else 0)


main()
