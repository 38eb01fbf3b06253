# The other tenant: functions that have something to lose, running all the time while they are attacked.
import threading
import time

SOURCE = '''
import ctypes, mmap, os, socket, time

IN_SOURCE = "{source}"
IN_MODULE = "{module}"[::-1]
ANSWER = 42


def leave(work, made, what):
    try:
        work()
        made.append(what)
    except OSError:
        pass


def write(path, text):
    with open(path, "w") as file:
        file.write(text)
    os.chmod(path, 0o666)


def share_memory(key, text):
    libc = ctypes.CDLL(None, use_errno=True)
    libc.shmat.restype = ctypes.c_void_p
    segment = libc.shmget(key, 4096, 0o1666)
    if segment < 0:
        raise OSError(ctypes.get_errno(), "shmget")
    ctypes.memmove(libc.shmat(segment, None, 0), text.encode(), len(text))


def main(*, seconds, places, file, key, abstract, canaries):
    made, kept = [], [canaries["argument"] * 3]
    for place in places:
        leave(lambda: write(place + "/" + file, canaries["file"]), made, place)
    leave(lambda: share_memory(key, canaries["segment"]), made, "segment")
    os.environ["SECRET"] = canaries["environment"]
    listening = socket.socket(socket.AF_UNIX)
    leave(lambda: (listening.bind("\\0" + abstract), listening.listen()), made, "abstract socket")
    print(canaries["log"])
    time.sleep(seconds)
    return {{"answer": ANSWER, "canary": IN_SOURCE, "made": made, "length": len(kept[0]) and len(IN_MODULE)}}
'''


class Victims:
    """Two calls at a time, so that there is always one; each must be as if nobody else were there."""

    def __init__(self, kappa, world):
        self.kappa, self.world = kappa, world
        self.token = kappa.sign_up(world.canary("username"), world.canary("password"))
        module = world.canary("module")
        self.source = SOURCE.format(source=world.canary("source"), module=module[::-1])
        if refused := kappa.create(self.token, "victim", self.source):
            raise SystemExit(f"not even a harmless function can be made: {refused}\n{kappa.log()}")
        self.arguments = {"places": world.facts["places"], "file": world.facts["victim_file"], "key": world.facts["victim_key"],
                          "abstract": world.facts["victim_abstract"],
                          "canaries": {where: world.canary(where) for where in
                                       ("argument", "file", "segment", "environment", "log")}}
        self.disturbances, self.calls, self.stopping = [], 0, False
        reply = self.call(0)
        if not reply or "output" not in reply:
            raise SystemExit(f"not even a harmless call is served: {reply}")
        world.facts["victim_exec"] = self.last
        self.log, self.code = self.log_of_last(), self.kappa.ask("GET", "/functions/victim/code", token=self.token)[1]
        self.threads = [threading.Thread(target=self.run, args=(delay,), daemon=True) for delay in (0, 1)]
        for thread in self.threads:
            thread.start()

    def call(self, seconds):
        _, reply = self.kappa.invoke(self.token, "victim", {"seconds": seconds, **self.arguments})
        self.last = reply["exec_id"] if reply and "exec_id" in reply else None
        return reply

    def log_of_last(self):
        return self.kappa.ask("GET", f"/functions/exec/{self.world.facts['victim_exec']}/logs", token=self.token)[1]

    def run(self, delay):
        time.sleep(delay)
        while not self.stopping:
            reply = self.call(2)
            self.calls += 1
            if not self.stopping and not self.undisturbed(reply):
                self.disturbances.append(f"a victim's call was disturbed: {str(reply)[:200]}")
                time.sleep(0.5)  # while there may be no server

    @staticmethod
    def undisturbed(reply):
        return reply and reply.get("verdict") == "ok" and reply["output"]["answer"] == 42 and 1900 < reply["wall_ms"] < 4900

    def look(self):
        """What became of the victims since the last look."""
        found, self.disturbances = self.disturbances[:1], []
        if self.log_of_last() != self.log:
            found.append("a victim's log has changed")
        if self.kappa.ask("GET", "/functions/victim/code", token=self.token)[1] != self.code:
            found.append("a victim's code has changed")
        return found

    def stop(self):
        self.stopping = True
        for thread in self.threads:
            thread.join(6)
