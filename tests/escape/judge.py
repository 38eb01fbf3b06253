# What came of an attempt: prevented, succeeded, or not really made.
import re
import time
from dataclasses import dataclass

from kappa import TIMEOUT_MS

PREVENTED, SUCCEEDED, BROKEN = "prevented", "SUCCEEDED", "BROKEN"

# By which a module that tells of no mistake in itself is refused.
REFUSED = re.compile(r"The module (ends its process|starts a thread|leaves processes|does not get)|no process can be made|"
                     r"The parameters of main")


@dataclass
class Outcome:
    name: str
    state: str
    text: str


def of_told(name, told, world):
    """From what an attempt itself says, unless it brought a canary."""
    if "broken" in told:
        return Outcome(name, BROKEN, told["broken"])
    found = world.canaries_in(str(told))
    if told["succeeded"] or found:
        return Outcome(name, SUCCEEDED, told.get("seen") or f"brought {found}")
    return Outcome(name, PREVENTED, told["by"])


def of_end(name, function, reply):
    """From a call that has no output: an end by a wall is the wall's work, any other is the attempt's own mistake."""
    if reply is None:
        return Outcome(name, BROKEN, "the call is not answered")
    verdict, why = reply.get("verdict"), reply.get("error") or reply.get("detail", "")
    signals = ["SIGSYS", *function.dies]
    if verdict == "out_of_memory" or verdict == "crashed" and any(signal in why for signal in signals):
        return Outcome(name, PREVENTED, why)
    return Outcome(name, BROKEN, f"{verdict}: {why}\n{reply.get('traceback', '')}")


def of_call(name, function, reply, world):
    if reply and reply.get("verdict") == "ok":
        return of_told(name, reply["output"], world)
    found = world.canaries_in(str(reply))
    return Outcome(name, SUCCEEDED, f"brought {found}") if found else of_end(name, function, reply)


def of_refusal(name, why):
    return Outcome(name, PREVENTED if REFUSED.search(why) else BROKEN, "the module is refused: " + why)


def refusal_in(reply):
    """What refused a forgery's own steps, so that it forged nothing."""
    output = (reply or {}).get("output")
    by = output.get("by") if isinstance(output, dict) else None
    return None if by == "nothing there" else by  # it returned nothing, which forgeries need not


def mistake_in(reply):
    """A traceback of the forgery itself."""
    output = reply.get("output")
    if isinstance(output, dict) and "broken" in output:
        return output["broken"]
    return reply.get("traceback") if reply.get("verdict") == "error" else None


class Books:
    """The server's records of the attacker's executions, as they were before a forgery."""

    def __init__(self, kappa, token):
        self.kappa, self.token = kappa, token
        self.bill, self.begun = self.total(), time.monotonic()

    def total(self):
        return (self.kappa.ask("GET", "/bill", token=self.token)[1] or {}).get("total")

    def untruths(self, truth, reply):
        """What they, and the reply, now say that is not so."""
        if reply is None:
            return ["the call is not answered, long after its time was up"]
        if "verdict" not in reply:
            return []  # nothing ran
        if reply["verdict"] == "bad_result" and "what is no answer" in reply.get("error", ""):
            return self.contradictions(reply)  # it said something else first, and was killed for that
        took_ms = (time.monotonic() - self.begun) * 1000
        found = []
        if reply["verdict"] not in truth["verdicts"]:
            found.append(f"verdict {reply['verdict']!r} ({reply.get('error', '')})")
        if not truth["wall_ms"] <= reply["wall_ms"] <= took_ms or reply["wall_ms"] > TIMEOUT_MS + 1000:
            found.append(f"wall_ms {reply['wall_ms']} of {truth['wall_ms']} to {min(took_ms, TIMEOUT_MS):.0f}")
        if reply["cpu_ms"] < truth["cpu_ms"]:
            found.append(f"cpu_ms {reply['cpu_ms']} of at least {truth['cpu_ms']}")
        if reply["peak_memory_kb"] < truth["peak_kb"]:
            found.append(f"peak_memory_kb {reply['peak_memory_kb']} of at least {truth['peak_kb']}")
        if truth["output"] is not None and reply["output"] != truth["output"]:
            found.append(f"output {reply['output']}")
        return found + self.contradictions(reply)

    def contradictions(self, reply):
        """Between the reply, the ledger and the bill."""
        row = self.kappa.ask("GET", "/executions/" + reply["exec_id"], token=self.token)[1] or {}
        found = [f"the ledger's {key} is {row.get(key)}, the reply's {reply[key]}" for key in
                 ("verdict", "wall_ms", "cpu_ms", "peak_memory_kb", "status") if row.get(key) != reply[key]]
        if self.total() != self.bill + 1:
            found.append(f"the bill went from {self.bill} to {self.total()} by one call")
        return found
