"""What it costs that modules are apart, and what more runners give. See scale.sh.

usage: scale.py PROGRAM [--requests N] [--rounds N] [--kills N] [--write FILE]
"""

import argparse
import pathlib
import sys
import tempfile

sys.dont_write_bytecode = True  # before the import: the sources stay as they are

from runner.page import put_section  # noqa: E402
from scale import page  # noqa: E402
from scale.measured import Measured  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description="Measures what modules and runners in processes of their own cost and give.")
    parser.add_argument("program", type=pathlib.Path, help="the kappa to measure")
    parser.add_argument("--requests", type=int, default=2000, metavar="N", help="of each kind in each round")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="of each kind")
    parser.add_argument("--kills", type=int, default=100, metavar="N", help="of runners, one after the other")
    parser.add_argument("--write", type=pathlib.Path, metavar="FILE", help="write the figures into a Markdown page too")
    arguments = parser.parse_args()
    program = str(arguments.program.resolve())
    with tempfile.TemporaryDirectory(prefix="kappa-bench-") as name:
        measured = Measured(program, pathlib.Path(name), arguments)
    print(page.as_text(measured, program))
    if arguments.write:
        put_section(arguments.write, "scale", page.as_markdown(measured, program))


if __name__ == "__main__":
    main()
