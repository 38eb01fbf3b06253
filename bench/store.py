"""What Kappa keeps: how fast, how soon it is found again, what stops calls. See store.sh.

usage: store.py PROGRAM [--executions N] [--functions N] [--lines N] [--rounds N] [--write FILE]
"""

import argparse
import pathlib
import sys
import tempfile

sys.dont_write_bytecode = True  # before the import: the sources stay as they are

from runner.page import put_section  # noqa: E402
from store import page  # noqa: E402
from store.measured import Measured  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description="Measures what Kappa keeps, with a ledger as years of use leave it.")
    parser.add_argument("program", type=pathlib.Path, help="the kappa to measure; bench_ledger is beside it")
    parser.add_argument("--executions", type=int, default=10_000_000, metavar="N", help="stored ones; fewer take less time")
    parser.add_argument("--functions", type=int, default=10_000, metavar="N", help="stored ones, at least 20")
    parser.add_argument("--lines", type=int, default=1_000_000, metavar="N", help="of the log that is searched")
    parser.add_argument("--rounds", type=int, default=100, metavar="N", help="requests of each kind")
    # /tmp may be in memory, where nothing durable costs what it costs on a disk.
    parser.add_argument("--folder", default="/var/tmp", help="where to make the store, which takes 4 GB")
    parser.add_argument("--write", type=pathlib.Path, metavar="FILE", help="write the figures into a Markdown page too")
    arguments = parser.parse_args()
    program = str(arguments.program.resolve())
    with tempfile.TemporaryDirectory(dir=arguments.folder, prefix="kappa-bench-") as name:
        measured = Measured(program, pathlib.Path(name), arguments, arguments.rounds)
    print(page.as_text(measured, program))
    if arguments.write:
        put_section(arguments.write, "store", page.as_markdown(measured, program))


if __name__ == "__main__":
    main()
