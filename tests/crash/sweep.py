# Fails the server's k-th system call of a kind, for k = 1 until there is no k-th: while it starts, and in each of its threads
# during a standard run (sign up, create, call, read logs and bill, delete). It must not crash but for the end that is meant
# after a failed sync, not hang, not leak, damage nothing, and what it answers must be true: afterwards, in the same process
# and after a restart, all that it acknowledged is there.
# usage: sweep.py PROGRAM [--every N]; 77: it cannot be tried here
import argparse
import contextlib
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
import time
from acknowledged import GONE, Account, Wrong
from kept import PASSWORD, Ended, KeptServer, damage, left_processes, orphans, reap, settled

FAULTS = [("pwrite64", "ENOSPC"), ("pwrite64", "EIO"), ("fdatasync", "EIO"), ("openat", "EMFILE"), ("ftruncate", "EIO"),
          ("mmap", "ENOMEM")]
PHASES = ("start", "run")
REASONS = ("error: ", "disk lost a write", "cannot open shared object", "error while loading shared libraries",
           "cannot allocate TLS data")
SKIPPED = 77
ATTACH_S = 10
DETACH_S = 5
MOST_K = 400  # far more than a standard run has in one thread
READERS_DESCRIPTORS = 10  # of the connections that only read: they are opened when they are first needed


def strace(output, call, error, k, *what):
    return ["strace", "-qq", "-o", output, "-e", f"trace={call}", "-e", f"inject={call}:error={error}:when={k}", *what]


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


class Trial:
    """One fault, on a server and a data folder of its own."""

    def __init__(self, program, folder, phase, call, error, k):
        self.name = f"{phase}: {call} {error} {k}"
        self.folder, self.phase, self.call, self.error, self.k = folder, phase, call, error, k
        self.output = os.path.join(folder, "strace")
        self.server = KeptServer(program, os.path.join(folder, "data"))
        self.account = Account("ada", PASSWORD, 1)
        self.wrong, self.end, self.refused, self.grown = [], None, 0, 0

    def faults(self):
        with contextlib.suppress(FileNotFoundError), open(self.output, encoding="utf-8", errors="replace") as file:
            return file.read().count("(INJECTED)")
        return 0

    def run(self):
        """How many calls were made to fail."""
        try:
            if self.phase == "start":
                self.start_with_fault()
            else:
                self.server.start()
                self.run_with_fault()
            self.look()
        except Ended as ended:
            self.wrong.append(str(ended))
        finally:
            self.server.kill()
        return self.faults()

    def start_with_fault(self):
        """It starts all the same, or says why not and ends; the run and the next start are then without faults."""
        plain = self.server.command
        self.server.command = strace(self.output, self.call, self.error, self.k, "-D", *plain)
        try:
            self.server.start()
            self.standard_run()
        except Ended as ended:
            self.end = str(ended)
            of_the_loader = self.call == "mmap" and not self.server.log()  # there is no program yet
            if not of_the_loader and not any(reason in self.end for reason in REASONS):
                self.wrong.append(f"it ended without a reason: {self.end[-300:]}")
        self.server.kill()
        self.server.command = plain

    def run_with_fault(self):
        before = descriptors(self.server.process.pid)
        tracer = subprocess.Popen(strace(self.output, self.call, self.error, self.k, "-f", "-p", str(self.server.process.pid)),
                                  stderr=subprocess.DEVNULL)
        end = time.monotonic() + ATTACH_S
        status = f"/proc/{self.server.process.pid}/task"
        while any(self.tracer_of(os.path.join(status, task, "status")) == 0 for task in os.listdir(status)):
            if time.monotonic() > end:
                raise Ended("strace does not attach")
            time.sleep(0.005)
        try:
            self.standard_run()
        finally:
            tracer.terminate()
            try:
                tracer.wait(DETACH_S)
            except subprocess.TimeoutExpired:  # strace waits for a process whose threads wait for strace
                tracer.kill()
                tracer.wait()
        self.after_fault(before)

    @staticmethod
    def tracer_of(path):
        with contextlib.suppress(OSError), open(path, encoding="utf-8") as file:
            return int(next(line for line in file if line.startswith("TracerPid")).split()[1])
        return -1

    def after_fault(self, before):
        """Without a restart all is well again, unless it ended for a failed sync."""
        if self.call == "fdatasync" and self.faults():
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.server.process.wait(2)
        code = self.server.process.poll()
        if code is not None:
            self.end = f"exit {code}"
            if self.call != "fdatasync" or "disk lost a write" not in self.server.log():
                self.wrong.append(f"the server ended ({code}): {self.server.log()[-500:]}")
            return
        client = self.server.client()
        refused = self.refused
        self.standard_run()
        if self.refused > refused:
            self.wrong.append(f"{self.refused - refused} requests are refused although nothing fails any more")
        self.wrong += self.account.check(client)
        while self.account.live:
            self.account.delete(client)
        client.close()
        pid = self.server.process.pid
        self.grown = settled(lambda: descriptors(pid)) - before
        if self.grown > READERS_DESCRIPTORS:
            self.wrong.append(f"{self.grown} descriptors more")

    def standard_run(self):
        client, account = self.server.client(), self.account
        client.connection.timeout = 20
        steps = [account.sign_up, account.create, account.create, self.call_of("ok"), self.call_of("failing"), self.call_of("ok"),
                 self.read_all, account.delete]
        try:
            for step in steps:
                client.token = account.token
                if step == account.sign_up or account.token and (account.live or step == account.create):
                    self.refused += step(client) is False
        except TimeoutError:
            self.wrong.append("it hangs")
        except GONE:
            if self.server.process.poll() is None:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self.server.process.wait(1)
            if self.server.process.poll() is None and "no thread for a connection" not in self.server.log():
                self.wrong.append("it hung up")
        except Wrong as wrong:
            # Whether what a failed sync was for is on the disk nobody knows: Kappa says that it failed, and ends.
            if self.call != "fdatasync" or "answered 500" not in str(wrong):
                self.wrong.append(str(wrong))
        finally:
            client.close()

    def call_of(self, kind):
        return lambda client: self.account.call(client, kind)

    def read_all(self, client):
        name = sorted(self.account.live)[0]
        for path in ("/functions/", f"/functions/{name}/logs/", "/bill", "/executions", "/health"):
            status, reply = client.ask("GET", path)
            if status not in (200, 503):
                self.wrong.append(f"GET {path} answered {status} {str(reply)[:200]}")

    def look(self):
        """After a restart."""
        self.server.kill()
        self.server.start()
        client = self.server.client()
        self.wrong += self.account.check(client)
        client.close()
        self.wrong += damage(self.server.data) + orphans(self.server.data)


def sweep(asked, folder, phase, call, error):
    """What was wrong at any k, how many were tried, and how often the server ended."""
    wrong, tried, ended = [], 0, 0
    for k in range(1, MOST_K, asked.every):
        place = os.path.join(folder, "trial")
        os.mkdir(place)
        trial = Trial(asked.program, place, phase, call, error, k)
        hit = trial.run()
        for line in trial.wrong:
            wrong.append(f"{trial.name}: {line}")
            print(wrong[-1][:1000], flush=True)
        ended += trial.end is not None
        if trial.wrong and asked.keep:
            shutil.copytree(place, os.path.join(asked.keep, trial.name.replace(" ", "_").replace(":", "")), dirs_exist_ok=True)
        shutil.rmtree(place)
        reap()
        if not hit:
            break
        tried += 1
    print(f"{phase + ':':<7} {call:<10} {error:<7} {tried:>4} points, the server ended at {ended}, {len(wrong)} wrong", flush=True)
    return wrong


def main():
    parser = argparse.ArgumentParser(description="Fails the k-th system call, for every k.")
    parser.add_argument("program")
    parser.add_argument("--every", type=int, default=1, help="only each N-th k")
    parser.add_argument("--only", help="PHASE:CALL:ERROR")
    parser.add_argument("--keep", help="a folder for the data of what went wrong")
    asked = parser.parse_args()
    if shutil.which("strace") is None or subprocess.run(["strace", "-qq", "-o", "/dev/null", "true"], check=False).returncode != 0:
        print("skipped: strace is not installed, or may not trace here")
        sys.exit(SKIPPED)
    folder, wrong = tempfile.mkdtemp(prefix="kappa-sweep-"), []
    for phase, (call, error) in itertools.product(PHASES, FAULTS):
        if asked.only in (None, f"{phase}:{call}:{error}"):
            wrong += sweep(asked, folder, phase, call, error)
    for pid in left_processes():
        wrong.append(f"process {pid} still runs")
        print(wrong[-1])
    print(f"crashed, hung, leaked, damaged or untrue: {len(wrong)}")
    shutil.rmtree(folder)
    sys.exit(1 if wrong else 0)


main()
