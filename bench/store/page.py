"""The rows on a terminal, and as a part of a page of the documentation."""

from runner.page import facts, markdown_table, table, text_table
from store import backup, commits, listing

explanation = """### What the rows of the store mean

- **durable executions/s**: 64 threads, each of which has an execution recorded and waits until it is durable, through the
  module `data` as the product uses it: an execution's row with its indexes and the bill's line. Beside it the same rows
  written under a mutex with a commit for each. `bench_ledger` measures both, turn by turn, {rounds} times. Executions of
  one function stand together in two indexes that have a function's in front; those of many cost pages of their own.
- **durable commit at 1 client**: the same with one thread, beside 4 kB written to a file and `fdatasync`: behind the
  file's end, as when a log grows, or over what is there, which costs less.
- The ledger was filled by SQL with executions of thirty days: one in ten is the user's who asks, who has one in ten of
  the functions; three in a hundred failed. Requests go over one HTTP connection with keep-alive, and their times are
  those of a client in Python.
- **call, full ÷ empty store**: two servers on the same machine, asked in turns.
- **log search**: one line among all of a function's, page after page until it is found.
- **tail delay**: from before `print()` in the function to the follower's having read the line.
- **longest stall of a call**: the longest that any call of {clients} clients was waited for while `kappa backup` ran
  beside the server, counted from when the call was due; in brackets each of {backups} backups. Without: the same calls
  for as long with no backup. The disk's own: the longest of many `fdatasync` of 16 KiB beside a copy of the same file
  that takes as long as a backup, with no Kappa at all; a call waits for one or two of those. Clients without a pause use
  up the processors, so that each call waits for the others' processes, whether a backup runs or not.
- **start after kill -9**: killed right behind calls; until `/health` has answered. In brackets the least and the most of
  {starts} starts.
"""


def as_text(measured, program):
    tables = measured.commit_details(), measured.details(), table(measured.rows())
    about = "\n".join(f"{name}: {value}" for name, value in facts(program))
    return "\n\n".join([*map(text_table, tables), about])


def as_markdown(measured, program):
    about = "\n".join(f"- {name}: {value}" for name, value in facts(program))
    meaning = explanation.format(
        rounds=commits.rounds, clients=backup.clients, backups=backup.rounds, starts=listing.starts)
    return f"""## What is kept

How fast it is durable, how soon it is found again, and what stops calls.

{markdown_table(table(measured.rows()))}

### The store in numbers

{markdown_table(measured.commit_details())}

{markdown_table(measured.details())}

{about}

To repeat it, with nothing else to do for the machine:

```sh
./dev bench store
```

{meaning}"""
