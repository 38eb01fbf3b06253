"""What a durable outcome costs; see commits.cpp."""

import json
import pathlib
import statistics
import subprocess

from store import tell

rounds = 5


class Commits:
    """Rounds that bench_ledger told of, and ratios of what stood side by side in one of them."""

    def __init__(self, program, folder):
        tell("durable outcomes, 64 clients and one")
        command = [str(pathlib.Path(program).with_name("bench_ledger")), str(folder), str(rounds)]
        output = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
        self.rounds = [json.loads(line) for line in output.splitlines()]

    def median(self, member):
        return statistics.median(one[member] for one in self.rounds)

    def ratio(self, ours, theirs):
        each = [one[ours] / one[theirs] for one in self.rounds]
        return f"{self.median(ours) / self.median(theirs):.2f} ({min(each):.2f}–{max(each):.2f})"
