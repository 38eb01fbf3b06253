"""What must hold of everything that was done, whatever failed meanwhile: the clients' log, the witness's and the ledger, held
against each other."""

import collections
import contextlib
import sqlite3
import uuid

from scale.topology import eventually

NOTHING_RAN = (429, 503)


class Ledger:
    """Control's database, read past Kappa."""

    def __init__(self, data):
        with contextlib.closing(sqlite3.connect(f"file:{data}/data.db?mode=ro", uri=True, timeout=10)) as db:
            rows = db.execute("SELECT exec_id, runner, verdict, start_us + wall_us FROM execution").fetchall()
            self.billed = db.execute("SELECT COALESCE(SUM(executions), 0) FROM usage").fetchone()[0]
        self.rows = {str(uuid.UUID(bytes=row[0])): row[1:] for row in rows}

    def verdict(self, exec_id):
        return self.rows[exec_id][1] if exec_id in self.rows else "none"

    def open(self):
        return [exec_id for exec_id, row in self.rows.items() if row[1] is None]


def told_too_late(call):
    """It was in the ledger when its answer was lost, and its output was not kept or too large to be."""
    return call.reply.get("verdict") == "runner_lost" and call.reply.get("error", "").startswith("it ended ok")


def _faults_of_call(call, begins, ends, ledger):
    """One call: its reply, against what it did."""
    if len(begins) > 1:
        yield f"call {call.number} was executed {len(begins)} times: {begins}"
    if call.status in NOTHING_RAN and begins:
        yield f"call {call.number} was answered {call.status}, but it ran: {call.reply}"
    if call.status == 503 and "retry-after" not in call.fields:
        yield f"call {call.number} was answered 503 without Retry-After: {call.reply}"
    if call.status not in (0, 200, 502, *NOTHING_RAN):
        yield f"call {call.number} was answered {call.status}: {call.reply}"
    if call.status == 200 and (call.reply["verdict"] != "ok" or call.reply["output"] != call.number):
        yield f"call {call.number} was answered something else: {call.reply}"
    if call.status == 200 and not (begins and ends):
        yield f"call {call.number} was answered, but not executed"
    if call.status in (200, 502):
        exec_id = call.reply.get("exec_id")
        told, stands = call.reply.get("verdict"), ledger.verdict(exec_id)
        if stands != told and not (stands == "ok" and told_too_late(call)):
            yield f"call {call.number} was answered {told}, but in the ledger {exec_id} is {stands}: {call.reply}"


def faults(calls, witness, control):
    """All that does not hold, once every execution has an outcome; [] is how it should be."""
    eventually(lambda: not Ledger(control.data).open(), "every execution has an outcome", 40)
    ledger = Ledger(control.data)
    found = [fault for call in calls
             for fault in _faults_of_call(call, witness.begins.get(call.number, []), witness.ends.get(call.number, []), ledger)]
    told = collections.Counter(call.reply["exec_id"] for call in calls if call.reply.get("exec_id"))
    found += [f"execution {exec_id} was told of {times} calls" for exec_id, times in told.items() if times > 1]
    began = sum(1 for call in calls if witness.begins.get(call.number))
    if began > len(ledger.rows):
        found.append(f"{began} calls ran, but the ledger has {len(ledger.rows)}")
    unanswered = sum(1 for call in calls if call.status == 0)
    ran = sum(1 for runner, _, _ in ledger.rows.values() if runner)  # others were given up before they began
    if ran > len(told) + unanswered:
        found.append(f"the ledger has {ran} executions that ran, of which {len(told)} were told")
    to_bill = sum(1 for _, verdict, _ in ledger.rows.values() if verdict != "runner_lost")
    if to_bill != ledger.billed:
        found.append(f"{to_bill} executions are to be billed, but {ledger.billed} are")
    return found
