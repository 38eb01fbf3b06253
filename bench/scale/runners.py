"""What three runners behind HAProxy give, and what is lost with one: measured by cases of tests/scale, on hosts in network
namespaces."""

import json
import pathlib
import subprocess
import sys

from runner.rows import Row
from store import tell

project = pathlib.Path(__file__).resolve().parent.parent.parent
CASES = ["one_runner", "three_runners", "one_slower", "killed", "dark", "drained", "killed_often"]


class Runners:
    explanation = """- **three runners ÷ one**: functions that wait 50 ms, two slots a runner, and half as many clients again as there are
  slots; control, HAProxy, clients and runners are hosts in network namespaces of one machine, with TLS between them,
  configured by `config/`.
- **one 4× slower**: three runners of eight slots, sixteen clients; on one of the runners the function waits 400 ms, on
  the others 100. The time that calls held a runner's slots, by slot: the most ÷ the least.
- **killed**: `kill -9` of one of three runners under load. Calls lost beyond its slots, each of which was answered 502.
- **drained**: SIGTERM under load, also of calls that take 2.5 s, then the start of a new one.
- **executed twice**: each call tells a witness past Kappa and HAProxy that it begins."""

    def __init__(self, program, folder, kills):
        tell("runners behind HAProxy")
        figures = folder / "figures.json"
        done = subprocess.run([sys.executable, project / "tests/scale/scale.py", program, project, "--kills", str(kills),
                               "--figures", figures, *CASES], stdout=subprocess.PIPE, text=True)
        if done.returncode != 0:  # also where namespaces cannot be made
            raise RuntimeError("runners cannot be measured:\n" + done.stdout[-3000:])
        self.figures = json.loads(figures.read_text(encoding="utf-8"))

    def rows(self):
        of = self.figures
        ratio = of["three_runners"]["calls_per_s"] / of["one_runner"]["calls_per_s"]
        return [
            Row("three runners ÷ one, functions that wait 50 ms, throughput", f"{ratio:.2f}", "≥ 2.7", "≥ 2.95"),
            Row("three runners, one 4× slower: busiest ÷ idlest per slot", f"{of['one_slower']['busiest_to_idlest']:.2f}",
                "≤ 1.25", "≤ 1.1"),
            Row("a runner killed under load: calls lost beyond those in flight on it", str(of["killed"]["lost_beyond"]),
                "0", "0"),
            Row("a runner drained, then stopped: failed calls", str(of["drained"]["failed"]), "0", "0"),
            Row(f"a synchronous call executed twice, over {of['killed_often']['kills']} kills", "0", "0", "0"),
        ]

    def details(self):
        of = self.figures
        return [["runners behind HAProxy", "figure"],
                ["one runner of two slots, calls/s", f"{of['one_runner']['calls_per_s']:.1f}"],
                ["three of them, calls/s", f"{of['three_runners']['calls_per_s']:.1f}"],
                ["losses told after a kill within, ms", f"{of['killed']['told_ms']:.0f}"],
                ["losses told after a host went dark within, ms", f"{of['dark']['told_ms']:.0f}"],
                [f"lost in {of['killed_often']['kills']} kills of runners with four slots", str(of["killed_often"]["lost"])]]
