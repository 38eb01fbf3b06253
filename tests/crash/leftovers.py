# What is left over is gone soon after a start, wherever whatever left it was killed, and nothing else is: code and logs of
# functions that are deleted or that the ledger never knew, halves of backups, old copies of databases.
# usage: leftovers.py PROGRAM KILL_AT [POINTS]
import glob
import hashlib
import os
import shutil
import sqlite3
import sys
import tempfile
import time
from asking import GREETER, Report, account_is_whole, until
from kept import Ended, KeptServer, damage, databases, orphans, reading
from killed_at import KilledServer, need_tracing, points

PROGRAM, KILL_AT = sys.argv[1:3]
POINTS = int(sys.argv[3]) if len(sys.argv) > 3 else 8
SILENT = "def main(*, text):\n    return text\n"
MANY = 1000  # leftovers that a start finds
CREATED = 40  # functions made meanwhile
READY_S = 5.0  # of a busy test machine; what is measured is told


class World:
    """A folder with a user's two functions, and with what two others left that the ledger has lost, or has as deleted."""

    def __init__(self, base):
        self.base, self.data, self.token = base, os.path.join(base, "data"), None

    def make(self):
        server = KeptServer(PROGRAM, self.data)
        server.start()
        client = server.sign_up("ada")
        self.token = client.token
        self.use(client, "one")
        server.stop()
        self.keep("before")
        server.start()
        client = server.client(self.token)
        self.use(client, "lost")
        self.use(client, "deleted")
        client.must("GET", "/executions?limit=1")
        server.stop()
        self.keep("with all")
        server.start()
        for name in ("deleted-loud", "deleted-silent"):
            server.client(self.token).delete(name)
        server.kill()

    def use(self, client, prefix):
        client.create(prefix + "-loud", GREETER)
        client.create(prefix + "-silent", SILENT)
        assert client.call(prefix + "-loud")["verdict"] == client.call(prefix + "-silent", text="given")["verdict"] == "ok"

    def keep(self, name):
        shutil.copytree(self.data, os.path.join(self.base, name))

    def put_back(self, name, what):
        """As somebody does who restores one file of several by hand."""
        place, kept = os.path.join(self.data, what), os.path.join(self.base, name, what)
        for left in glob.glob(place + "*"):
            shutil.rmtree(left) if os.path.isdir(left) else os.unlink(left)
        shutil.copytree(kept, place) if os.path.isdir(kept) else shutil.copy2(kept, place)

    def renew(self):
        self.clear()
        shutil.copytree(os.path.join(self.base, "left"), self.data)

    def clear(self):
        for left in glob.glob(self.data + "*"):
            shutil.rmtree(left) if os.path.isdir(left) else os.unlink(left)

    def is_swept(self):
        try:
            return not orphans(self.data)
        except sqlite3.OperationalError:  # SQLite takes a database back from its log just now
            return False

    def after_start(self):
        """Whatever was left is gone, and what is somebody's is there."""
        server = KeptServer(PROGRAM, self.data)
        server.start()
        wrong = [] if until(self.is_swept) else orphans(self.data)[:3]
        client = server.client(self.token)
        names = [function["name"] for function in client.must("GET", "/functions")["functions"]]
        if names != ["one-loud", "one-silent"]:
            wrong.append(f"there are {names}")
        for name, arguments in (("one-loud", {}), ("one-silent", {"text": "given"})):
            if client.call(name, **arguments)["verdict"] != "ok":
                wrong.append(f"{name} does not run")
        if "hello to the log" not in str(client.must("GET", "/functions/one-loud/logs/")):
            wrong.append("its log is not there")
        whole, told = account_is_whole(client)
        client.close()
        server.stop()
        return wrong + ([] if whole else [told]) + damage(self.data)


def lost_and_deleted(report, world):
    world.make()
    world.put_back("with all", "fn_code.db")
    world.put_back("with all", "fn_logs")
    shutil.copytree(world.data, os.path.join(world.base, "with deleted"))
    wrong = orphans(world.data)
    report.expect("code and logs of deleted functions lie there", len(wrong) >= 4, wrong)
    world.put_back("before", "data.db")  # knows neither
    left = orphans(world.data)
    report.expect("code and logs of functions that the ledger never knew do, too", len(left) > len(wrong), left)
    os.rename(world.data, os.path.join(world.base, "left"))
    world.renew()
    wrong = world.after_start()
    report.expect("both are gone after a start", not wrong, wrong)
    world.clear()
    shutil.copytree(os.path.join(world.base, "with deleted"), world.data)
    server = KeptServer(PROGRAM, world.data)
    server.start()
    report.expect("deleted functions' are gone, the others' stay", until(world.is_swept) and len(
        server.client(world.token).must("GET", "/functions")["functions"]) == 4, orphans(world.data)[:3])
    server.kill()


def shared_module(report, world):
    """Where others may have put code, only the ledger's word that a function is deleted proves that it is left over."""
    world.clear()
    shutil.copytree(os.path.join(world.base, "with deleted"), world.data)
    db = sqlite3.connect(os.path.join(world.data, "data.db"), isolation_level=None)
    ids = {name: {row[0] for row in db.execute("SELECT fn_id FROM function WHERE name LIKE ?", [name + "-%"])}
           for name in ("one", "lost", "deleted")}
    db.execute("DELETE FROM function WHERE name LIKE 'lost-%'")
    db.close()

    def holders():
        with reading(os.path.join(world.data, "fn_code.db")) as code:
            return {row[0] for row in code.execute("SELECT fn_id FROM holder")}

    assert all(holders() > ids[name] for name in ids) and max(ids["lost"]) < min(ids["deleted"])  # these are looked at last
    address = "unix:" + os.path.join(world.base, "fn_code.sock")
    server = KeptServer(PROGRAM, world.data, {"modules.fn_code.expose": address})
    server.start()
    swept = until(lambda: not holders() & ids["deleted"])
    report.expect("of a module that is shared only what is deleted goes", swept and holders() == ids["one"] | ids["lost"],
                  holders())
    server.stop()
    server = KeptServer(PROGRAM, world.data)
    server.start()
    report.expect("once it is shared no more, the rest", until(lambda: holders() == ids["one"]), holders())
    server.kill()


def killed_while_sweeping(report, world):
    world.renew()
    how, count = KilledServer(KILL_AT, PROGRAM, world.data, 0).run(world.is_swept)
    report.expect("a traced start sweeps", how == "stopped", how)
    wrong, killed = [], 0
    for k in points(count, POINTS):
        world.renew()
        try:
            killed += KilledServer(KILL_AT, PROGRAM, world.data, k).run(world.is_swept)[0] == "killed"
            here = damage(world.data) + world.after_start()
        except Ended as ended:
            here = [str(ended)]
        wrong += [f"killed before call {k}: {line}" for line in here]
    report.expect(f"killed at {killed} of {count} points, the next start sweeps", not wrong and killed > POINTS // 2, wrong[:5])


def halves_and_copies(report, world):
    world.renew()
    target = os.path.join(world.data, "night.tar")
    trace = [KILL_AT, "0", world.data + ".report", PROGRAM, "backup", target, "--data", world.data]
    assert os.spawnv(os.P_WAIT, KILL_AT, trace) == 0
    with open(world.data + ".report", encoding="utf-8") as file:
        count = int(file.read().split()[1])
    os.unlink(target)
    wrong, halves = [], 0
    for k in points(count, POINTS):
        trace[1] = str(k)
        os.spawnv(os.P_WAIT, KILL_AT, trace)
        if os.path.exists(target):
            os.unlink(target)
        begun = os.path.exists(target + ".part") and os.path.getsize(target + ".part") > 0
        halves += begun
        server = KeptServer(PROGRAM, world.data)
        server.start()
        if begun and not until(lambda: not glob.glob(target + ".part*")):
            wrong.append(f"killed before call {k}: {glob.glob(target + '*')}")
        server.kill()
    report.expect(f"{halves} halves of backups are gone after a start", not wrong and halves > POINTS // 3, wrong[:5])
    old, young = (os.path.join(world.data, name) for name in ("data.db.v1", "data.db.v2"))
    for path, days in ((old, 8), (young, 1)):
        shutil.copy(os.path.join(world.data, "data.db"), path)
        os.utime(path, (time.time() - days * 86400,) * 2)
    server = KeptServer(PROGRAM, world.data)
    server.start()
    report.expect("an old copy of a database is gone, a young one stays", until(lambda: not os.path.exists(old)) and
                  os.path.exists(young))
    server.kill()


def many_while_creating(report, world):
    world.renew()
    db = sqlite3.connect(os.path.join(world.data, "fn_code.db"), isolation_level=None)
    code_id = hashlib.sha256(SILENT.encode()).hexdigest()  # which is one-silent's, and that of what is created
    db.execute("BEGIN")
    db.executemany("INSERT INTO holder VALUES (?, ?)", [(os.urandom(16), code_id) for _ in range(MANY)])
    db.execute("COMMIT")
    db.close()
    server = KeptServer(PROGRAM, world.data)
    took_s = server.start()
    client, begin = server.client(world.token), time.monotonic()
    slowest_s = 0.0
    for number in range(CREATED):
        asked = time.monotonic()
        client.create(f"new{number}", SILENT)
        client.call(f"new{number}", text=number)
        slowest_s = max(slowest_s, time.monotonic() - asked)
    swept = until(world.is_swept, 60)
    print(f"       ready in {took_s:.2f} s with {MANY} leftovers, swept {time.monotonic() - begin:.1f} s later; creating and calling a "
          f"function meanwhile took at most {slowest_s:.2f} s")
    report.expect("many leftovers keep nobody from being ready", took_s < READY_S, took_s)
    report.expect("they go while functions are made", swept, orphans(world.data)[:3])
    verdicts = [client.call(f"new{number}", text=number)["verdict"] for number in range(CREATED)]
    report.expect("none of which they share the code with is touched", verdicts == ["ok"] * CREATED, verdicts)
    server.kill()


def main():
    need_tracing(KILL_AT)
    report, base = Report(), tempfile.mkdtemp(prefix="kappa-leftovers-")
    world = World(base)
    for part in (lost_and_deleted, shared_module, killed_while_sweeping, halves_and_copies, many_while_creating):
        part(report, world)
    report.expect("no database is damaged", not damage(world.data), databases(world.data))
    report.end(KeptServer(PROGRAM, world.data), base)


main()
