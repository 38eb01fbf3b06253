"""What a server and every process below it use, read from /proc."""

import os
import pathlib
import time

ms_per_tick = 1000 / os.sysconf("SC_CLK_TCK")


def _stat(pid):
    """The fields of /proc/PID/stat behind the program's name, or None when it has ended."""
    try:
        text = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    return text.rpartition(")")[2].split()


class ProcessTree:
    def __init__(self, root):
        self.root = root

    def pids(self):
        """The root and all its descendants. Processes in namespaces of their own have an id and a parent here too."""
        children = {}
        for pid in (int(name) for name in os.listdir("/proc") if name.isdigit()):
            if stat := _stat(pid):
                children.setdefault(int(stat[1]), []).append(pid)
        found = [self.root]
        for pid in found:  # grows while it is walked
            found += children.get(pid, [])
        return found

    def cpu_ms(self):
        """CPU time of the tree until now.

        Each process counts what it used itself, and what children used that it has waited for: a function's zygote
        waits for the children that ran its calls, so their time is in its cutime and cstime from then on, and in their
        own utime and stime before. Nothing is counted twice, and nothing is lost as long as those who wait stay alive.
        The kernel adds up nanoseconds; only what is shown here is rounded down to ticks, once a process.
        """
        stats = [_stat(pid) for pid in self.pids()]
        return ms_per_tick * sum(int(ticks) for stat in stats if stat for ticks in stat[11:15])

    def root_cpu_ms(self):
        """CPU time of the root alone until now."""
        return ms_per_tick * sum(int(ticks) for ticks in _stat(self.root)[11:13])

    def pss_mb(self):
        """MiB in memory; a page that several processes share counts as its share of each."""
        return sum(_pss_kb(pid) for pid in self.pids()) / 1024

    def settle(self, within_s=20):
        """Waits until processes have neither come nor gone for half a second: spares are made, what ended is gone."""
        end = time.monotonic() + within_s
        before, still_since = None, time.monotonic()
        while time.monotonic() < end:
            now = sorted(self.pids())
            if now != before:
                before, still_since = now, time.monotonic()
            elif time.monotonic() - still_since > 0.5:
                return
            time.sleep(0.05)


def _pss_kb(pid):
    try:
        with open(f"/proc/{pid}/smaps_rollup", encoding="utf-8") as file:
            return sum(int(line.split()[1]) for line in file if line.startswith("Pss:"))
    except (FileNotFoundError, ProcessLookupError):
        return 0  # it has just ended
