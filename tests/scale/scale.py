# Control, HAProxy and three runners on hosts of their own, in network namespaces: what befalls them while clients call.
# After each case the clients' log, what calls themselves told a witness, and the ledger are held against each other.
# By hand: scale.py PROGRAM PROJECT --kills 100 killed_often
# usage: scale.py PROGRAM PROJECT [--kills N] [--seed N] [--keep] [--figures FILE] [CASE...]
import argparse
import json
import os
import pathlib
import shutil
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from scale import cases, history  # noqa: E402
from scale.hosts import Impossible, Network  # noqa: E402
from scale.topology import Scene  # noqa: E402
from scale.witness import Witness  # noqa: E402

SKIPPED = 77
HOSTS = ("control", "haproxy", "clients", "witness", "runner-1", "runner-2", "runner-3", "runner-4")


def skip(why):
    print(f"SKIPPED: {why}")
    return SKIPPED


def missing():
    """What this machine lacks, or nothing."""
    if os.geteuid() != 0:
        return "only root may make network namespaces"
    for program in ("ip", "nsenter", "haproxy", "openssl"):
        if not shutil.which(program):
            return f"{program} is not installed"
    return None


def run(case, network, witness, arguments, folder):
    """What it measured, and whether all was as it should be."""
    begun = time.monotonic()
    sizes = getattr(case, "sizes", (cases.SLOTS,) * 3)
    scene = Scene(network, witness, arguments.program, arguments.project, folder, sizes, getattr(case, "absent", ()))
    scene.kills, scene.seed = arguments.kills, arguments.seed
    found, told = [], ""
    try:
        with scene:
            calls, told = case(scene)
            found = history.faults(calls.calls, scene.witness, scene.control)
    except AssertionError as error:
        found = [str(error)]
    took = time.monotonic() - begun
    print(f"{'FAILED' if found else 'ok'}: {case.__name__}: {told} ({took:.1f} s)", flush=True)
    for fault in found[:10]:
        print("  " + fault)
    if found:
        for log in sorted(folder.glob("*.log")):
            print(f"--- {log.name}\n" + log.read_text(encoding="utf-8", errors="replace")[-2000:])
    return {**scene.figures, "good": not found}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("project", type=pathlib.Path)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--keep", action="store_true", help="leave the processes' folders")
    parser.add_argument("--figures", type=pathlib.Path, help="a file for what the cases measure, as JSON")
    parser.add_argument("cases", nargs="*")
    arguments = parser.parse_intermixed_args()
    arguments.program = arguments.program.resolve()
    if why := missing():
        return skip(why)
    try:
        network = Network(HOSTS)
    except Impossible as error:
        return skip(f"network namespaces cannot be made here: {error}")
    work = pathlib.Path(tempfile.mkdtemp(prefix="kappa-scale-"))
    print(f"seed {arguments.seed}, {work}")
    try:
        witness = Witness(network.hosts["witness"])
        known = {case.__name__: case for case in cases.ALL + cases.MEASURED}
        chosen = [known[name] for name in arguments.cases] or cases.ALL
        figures = {case.__name__: run(case, network, witness, arguments, work / case.__name__) for case in chosen}
    finally:
        network.remove()
        if not arguments.keep:
            shutil.rmtree(work)
    if arguments.figures:
        arguments.figures.write_text(json.dumps(figures), encoding="utf-8")
    return 0 if all(figure["good"] for figure in figures.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
