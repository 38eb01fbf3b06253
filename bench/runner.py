"""What a call costs and what functions take, beside uWSGI and a process per call. See runner.sh.

usage: runner.py PROGRAM [--seconds N] [--write FILE]
"""

import argparse
import pathlib
import shutil
import sys
import tempfile

sys.dont_write_bytecode = True  # before the import: the sources stay as they are

from runner import page, peers, speed  # noqa: E402
from runner.rows import SpeedRows, footprint_rows  # noqa: E402


def tell(text):
    print(text, file=sys.stderr, flush=True)


def main():
    parser = argparse.ArgumentParser(description="Measures Kappa's runner, turn by turn with its peers.")
    parser.add_argument("program", type=pathlib.Path, help="the kappa to measure")
    parser.add_argument("--seconds", type=int, default=4, metavar="N", help="seconds that each round of a case takes")
    parser.add_argument("--write", type=pathlib.Path, metavar="FILE", help="write the figures as a Markdown page too")
    arguments = parser.parse_args()
    for command in ("wrk", peers.uwsgi[0], peers.python):
        if not shutil.which(command):
            parser.error(f"{command} is missing; install wrk, uwsgi-core, uwsgi-plugin-python3 and python3.11")
    program = str(arguments.program.resolve())

    # /tmp may be in memory, where nothing durable costs what it costs on a disk.
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="kappa-bench-") as name:
        folder = pathlib.Path(name)
        offered, results = speed.measure(program, folder, arguments.seconds, tell)
        speeds = SpeedRows(offered, results)
        rows = speeds.rows() + footprint_rows(program, folder, offered, tell)
    about = page.machine(program)
    print(page.as_text(rows, speeds.details(), about))
    if arguments.write:
        page.put_section(arguments.write, "runner", page.as_markdown(rows, speeds.details(), about, arguments.seconds))


if __name__ == "__main__":
    main()
