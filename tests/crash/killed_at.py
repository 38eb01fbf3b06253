# A server that is killed before the k-th system call with which it would change a file.
import os
import subprocess
import sys
from kept import Ended, KeptServer, left_processes, reap


SKIPPED = 77


def need_tracing(kill_at):
    """Ends the test as skipped where nothing can be traced."""
    if subprocess.run([kill_at, "0", os.devnull, "/bin/true"], check=False).returncode == SKIPPED:
        print("skipped: tracing is not permitted here")
        sys.exit(SKIPPED)


class KilledServer:
    """`kappa serve` on `data` under `kill_at`; `k` = 0 never kills it."""

    def __init__(self, kill_at, program, data, k):
        self.report_path = data + ".report"
        self.server = KeptServer(program, data, before=[kill_at, str(k), self.report_path])

    def run(self, done):
        """Until it was killed, or `done()` says that it has done what it was started for. "killed", "stopped" or "ended", and
        how many such calls there were."""
        try:
            self.server.start()
            while self.server.process.poll() is None and not done():
                pass
        except Ended:
            pass
        if self.server.process is not None and self.server.process.poll() is None:
            self.server.stop()
        self.server.kill()
        left = left_processes()
        reap()
        if left:
            raise Ended(f"processes {left} still run")
        with open(self.report_path, encoding="utf-8") as file:
            how, count = file.read().split()
        os.unlink(self.report_path)
        return how, int(count)


def points(count, most):
    """Up to so many numbers from 1 to `count`, evenly."""
    if count <= most:
        return list(range(1, count + 1))
    return sorted({1 + i * (count - 1) // (most - 1) for i in range(most)})
