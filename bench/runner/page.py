"""The rows on a terminal, and as a page of the documentation."""

import datetime
import os
import pathlib
import platform
import re
import subprocess

from . import footprint, peers
from .rows import Row
from .speed import rounds

explanation = """## What the rows mean

Each figure is a median; in brackets are the least and the most of single rounds, for throughput ratios of the rounds
that stood side by side. *Reach* is what this version must hold, *aim* what it works towards.

A *call* is the whole path: `POST /functions/NAME/invoke` with JSON arguments and a bearer token over HTTP with
keep-alive; the token is checked, the function looked up and run in the sandbox, what it prints captured, the
execution and its cost written to the ledger durably and its output to the log, and only then it is answered. The
server has its default settings, except that functions which are not called stay loaded for longer.

- **fresh**, **rewind**, **warm**: what a call finds. Fresh, the default, is a process of its own forked from one that
  has loaded the function; rewind is a process whose memory is put back after each call; warm is a process that stays
  as the call before left it.
- **uWSGI** serves the same function with four processes forked ahead, which stay. It has no sandbox, ledger or tokens
  and makes nothing durable; its built-in HTTP closes each connection, so each of its calls opens a new one.
- **a process per call** is a new `python3.11` for each call, which imports the function, calls it and prints the
  result, eight at a time, without a server in front.
- **hello** is `examples/hello.py`, which prints two lines; **fib(25)** recurses 250,000 times and prints nothing;
  **three lines** prints three.
- **beyond an fdatasync**: the p50 of a call less that of appending 4 kB to a file on the same file system and
  `fdatasync`, the least that anything durable waits for. **beyond a request with one durable commit**: less the p50
  of `POST /logout`, which checks a token, deletes it durably and runs nothing.
- **CPU of a call's processes**: user and system time of the processes that calls run in and of those they are forked
  from, divided by the calls; **server included**: the server's own too. What the kernel does later in threads of its
  own is in neither.
- **throughput at 64 ÷ at 8 connections**, **errors at 64 connections**: whether it stands more callers than it has
  processors. Errors are failed connections, timeouts, and statuses from 400 on.
- **creation to first answer**: `POST /functions` and then the function's first call, as one client sees them.
- **memory** is the proportional set size of all processes of the server: a page that several share counts once. A
  *hot* function is loaded and has been called, the processes forked ahead for it included; the figure is the growth
  by each of {hot} beyond the first. An *idle deployed* function is stored and not loaded; the figure is the growth by
  each of {deployed:,}.
- **start with {deployed:,} deployed functions**: from starting the program in a folder where it was killed
  (`kill -9`) to its word that it serves.
"""


def text_table(lines):
    widths = [max(len(line[at]) for line in lines) for at in range(len(lines[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines)


def markdown_table(lines):
    rule = ["---"] + ["---:"] * (len(lines[0]) - 1)
    return "\n".join("| " + " | ".join(line) + " |" for line in [lines[0], rule, *lines[1:]])


def table(rows):
    return [list(Row._fields), *([cell or "–" for cell in row] for row in rows)]


def _first_line(*command):
    """Of what it prints; wrk tells its version with a failing status."""
    output = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False).stdout
    return output.splitlines()[0].strip()


def facts(program, *others):
    """Pairs of what was measured on and how it is called; `others` are versions."""
    model = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    versions = [_first_line(program, "--version"), _first_line(peers.python, "--version")]
    return [
        ("cores", f"{len(os.sched_getaffinity(0))}, {model[1] if model else platform.machine()}"),
        ("kernel", f"{platform.system()} {platform.release()}"),
        ("versions", ", ".join([*versions, *others])),
        ("date", str(datetime.date.today())),
    ]


def machine(program):
    return facts(program, "uWSGI " + _first_line(*peers.uwsgi, "--version"), _first_line("wrk", "-v").split(" [")[0])


def as_text(rows, details, about):
    lines = "\n".join(f"{name}: {value}" for name, value in about)
    return f"{text_table(details)}\n\n{text_table(table(rows))}\n\n{lines}"


def as_markdown(rows, details, about, seconds):
    lines = "\n".join(f"- {name}: {value}" for name, value in about)
    meaning = explanation.format(hot=footprint.hot_functions, deployed=footprint.deployed_functions)
    return f"""# Benchmarks

What a call costs, beside what people run Python functions with otherwise, in one run on one machine.

{markdown_table(table(rows))}

## The cases in numbers

{markdown_table(details)}

## The machine

{lines}

The load is made on the same cores, and takes its share of them.

## Repeat it

As root, because nobody else sees the memory of the processes that functions run in; with `wrk`, `uwsgi-core` and
`uwsgi-plugin-python3` installed and nothing else to do for the machine:

```sh
./dev bench runner
```

This page is from `--seconds {seconds}`: each case is measured for {seconds} s in each of {rounds} rounds.
The rounds of cases that are compared take turns, so that what else the machine does hits them alike.

{meaning}"""


def put_section(file, name, text):
    """Into the place of what the same benchmark wrote before; what others wrote stays."""
    before = file.read_text(encoding="utf-8") if file.exists() else ""
    sections = dict(re.findall(r"<!-- \./dev bench (\w+) -->\n(.*?)(?=\n<!-- \./dev bench|\Z)", before, re.DOTALL))
    sections[name] = text
    whole = "\n".join(f"<!-- ./dev bench {name} -->\n{text}" for name, text in sections.items())
    file.write_text(whole, encoding="utf-8")
