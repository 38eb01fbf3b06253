# Tries to get out of a function: each attempt is a hostile function's, against a real server with another tenant in it.
# An attempt is prevented, or has SUCCEEDED, or is BROKEN when it was not really made. What succeeds nowhere proves nothing:
# attempts are made without walls, too. Fails when anything succeeded, is broken, or misses what it was to find.
# usage: escape.py PROGRAM [--as-root|--as-user] [--without userns|landlock|seccomp|clone3|proc] [--state STATE]
#   [--only PART-OF-NAME] [-v]
import argparse
import collections
import importlib
import json
import os
import re
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True
import judge  # noqa: E402
import kappa as kappas  # noqa: E402
import system_calls  # noqa: E402
from attempts import common  # noqa: E402
from attempts import sweep as _  # noqa: E402, F401  registers its attempt
from expected import EXPECTED_IN_STATE, EXPECTED_WITHOUT  # noqa: E402
from judge import BROKEN, PREVENTED, SUCCEEDED, Outcome  # noqa: E402
from victims import Victims  # noqa: E402
from world import World  # noqa: E402

ZYGOTE_MODULES = ("zygote_program", "zygote")  # the last attempt of all may end the server
MODULES = ("files", "processes", "network", "kernel", "namespaces", "privileges")
USER = 61234  # whom nothing on this machine belongs to
LOOKS = 4  # later calls in which a trace is looked for: two were forked ahead, before it was left
# By which an attempt is prevented that a machine has nothing for.
ABSENT = {"ENOSYS", "EAFNOSUPPORT", "EPROTONOSUPPORT", "ESOCKTNOSUPPORT", "ENOENT", "ENODEV", "ENXIO", "EOPNOTSUPP", "EPERM",
          "EACCES", "EROFS", "ENOSPC", "nothing there", "this machine gives no namespaces"}

# Behind an attempt's module. What is selected is done at load: all of its attempts, or the part of one.
TAIL = '''
SELECTED, WORLD = {selected!r}, json.loads({world!r})
if SELECTED == "all attempts":
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    ATTEMPTS = {{name: make_apart(f, WORLD) for name, f in ATTEMPTS.items() if f.at_import and {only!r} in name}}
elif SELECTED in AT_LOAD:
    PREPARED = make(AT_LOAD[SELECTED], WORLD)


def main(*, name, world, phase="make"):
    if phase == "what came of it at load":
        return ATTEMPTS
    if name in AT_LOAD and PREPARED.get("by") != "nothing there":  # as when there was nothing in the way
        return PREPARED
    return make(PLANTS[name][1] if phase == "look" else ATTEMPTS[name], world)
'''


def text_of(module):
    with open(f"{HERE}/attempts/{module}.py", encoding="utf-8") as file:
        return re.sub(r"^from attempts\.common import \*$", "", file.read(), flags=re.M)


class Attacker:
    def __init__(self, kappa, world, victims, only):
        self.kappa, self.world, self.victims, self.only = kappa, world, victims, only
        self.token = kappa.sign_up("attacker", "correct horse")
        self.outcomes, self.planted = [], []
        kappa.spare_others()

    def attempts_of(self, module):
        importlib.import_module("attempts." + module)
        return {name: function for name, function in common.ATTEMPTS.items()
                if function.__module__ == "attempts." + module and self.only in name}

    def told(self):
        """The world, as this attempt is told of it."""
        self.world.facts.update(marker=self.world.new_marker(), pids=self.kappa.processes(),
                                memory_mb=kappas.MEMORY_MB, processes=kappas.PROCESSES)
        return dict(self.world.facts)

    def create(self, module, selected="nothing", world=None):
        tail = TAIL.format(selected=selected, world=json.dumps(world or {}), only=self.only)
        self.kappa.delete(self.token, module)
        return self.kappa.create(self.token, module, text_of("common") + text_of(module) + tail)

    def invoke(self, module, name, world, phase="make"):
        return self.kappa.invoke(self.token, module, {"name": name, "world": world, "phase": phase})[1]

    def add(self, outcome, marker=None):
        """With what became of everybody else. A server that was ended is started anew for the attempts after this one."""
        harm = []
        if end := self.kappa.end():
            harm.append(end)
            self.kappa.stop()
            self.kappa.start()
            time.sleep(0.5)  # until the victim's function is there again
            self.kappa.spare_others()
        if marker and (left := kappas.wait_for_none(marker)):
            harm.append(f"processes {left} were left behind")
            for pid in left:
                os.kill(pid, 9)
        harm += self.victims.look()
        if harm:
            seen = [outcome.text] if outcome.state == SUCCEEDED else []
            outcome = Outcome(outcome.name, SUCCEEDED, "; ".join(seen + harm))
        self.outcomes.append(outcome)

    def make_all(self, module):
        functions = self.attempts_of(module)
        if refused := functions and self.create(module):
            return self.add(Outcome(module, BROKEN, refused))
        for name, function in functions.items():
            reply = self.invoke(module, name, self.told())
            self.add(judge.of_call(f"{module}.{name}", function, reply, self.world))

    def make_all_at_load(self, module):
        functions = {name: function for name, function in self.attempts_of(module).items() if function.at_import}
        if not functions:
            return
        refused = self.create(module, "all attempts", self.told())
        reply = None if refused else self.invoke(module, "", {}, "what came of it at load")
        if not reply or reply.get("verdict") != "ok":
            return self.add(Outcome(f"at load: {module}", BROKEN, str(refused or reply)))
        for name in functions:
            self.add(judge.of_told(f"at load: {module}.{name}", reply["output"][name], self.world))
        self.kappa.delete(self.token, module)

    def plant_and_look(self, name):
        """One call leaves a trace; do later ones find it?"""
        function, told = common.ATTEMPTS[name], self.told()
        outcome = judge.of_call(f"persistence.{name}", function, self.invoke("persistence", name, told), self.world)
        if outcome.state != SUCCEEDED:
            return self.add(outcome, told["marker"])
        planted = outcome.text
        self.planted += json.loads(planted) if planted.startswith('["/') else [planted]
        time.sleep(0.1)  # until what that call started has ended, too
        for _ in range(LOOKS):
            reply = self.invoke("persistence", name, {**told, "planted": planted}, "look")
            outcome = judge.of_call(outcome.name, function, reply, self.world)
            if outcome.state != PREVENTED:
                break
        self.add(outcome, told["marker"])

    def persist(self):
        names = list(self.attempts_of("persistence"))
        for index, name in enumerate(names):
            if index % 12 == 0 and (refused := self.create("persistence")):
                return self.add(Outcome("persistence", BROKEN, refused))
            self.plant_and_look(name)

    def forge(self, module, name, function, told):
        """Calls that would have the server say what is not so."""
        for _ in range(function.truth["calls"]):
            books = judge.Books(self.kappa, self.token)
            with kappas.Watch(self.kappa) as watch:
                reply = self.invoke(module, name, told)
            if mistake := judge.mistake_in(reply or {}):
                return Outcome(f"{module}.{name}", BROKEN, mistake)
            refused_by = judge.refusal_in(reply)
            untruths = watch.untruths() + ([] if refused_by else books.untruths(function.truth, reply))
            time.sleep(0.05)
            if self.kappa.descriptors() > watch.before[0] + 40:
                untruths.append(f"the server keeps {self.kappa.descriptors()} descriptors, before it {watch.before[0]}")
            if untruths:
                return Outcome(f"{module}.{name}", SUCCEEDED, "; ".join(untruths))
        return Outcome(f"{module}.{name}", PREVENTED, refused_by or reply.get("verdict") or reply["detail"])

    def make_one(self, module, name, function, told):
        if hasattr(function, "truth"):
            return self.forge(module, name, function, told)
        for _ in range(getattr(function, "calls", 1)):
            outcome = judge.of_call(f"{module}.{name}", function, self.invoke(module, name, told), self.world)
            if outcome.state != PREVENTED:
                break
        return outcome

    def results(self):
        functions = self.attempts_of("results")
        if refused := functions and self.create("results"):
            return self.add(Outcome("results", BROKEN, refused))
        for name, function in functions.items():
            outcome = self.make_one("results", name, function, self.told())
            if "not answered" in outcome.text:
                self.create("results")  # which ends what still runs
            self.add(outcome)

    def zygotes(self, module):
        """Each has a function of its own, for what it does at load."""
        for name, function in self.attempts_of(module).items():
            told = self.told()
            with kappas.Watch(self.kappa) as watch:
                refused = self.create(module, name, told)
            if taken := watch.untruths():
                outcome = Outcome(f"{module}.{name}", SUCCEEDED, "; ".join(taken))
            elif refused:
                outcome = judge.of_refusal(f"{module}.{name}", refused)
            else:
                outcome = self.make_one(module, name, function, told)
            self.add(outcome, told["marker"])
            self.kappa.delete(self.token, module)

    def controls(self):
        """What of the attempts, made without walls, does not find what is there."""
        wanted = [(module, name, function.control) for module in MODULES for name, function in self.attempts_of(module).items()
                  if function.control and (os.getuid() == 0 or function.control != "root")]
        found = control(wanted, self.told())
        for module, name, who in wanted:
            told = found[f"{module}.{name}"]
            if told.get("succeeded"):
                continue
            lenient = told.get("by") in ABSENT and who not in ("server", "user")
            yield f"{module}.{name}", not lenient, told.get("by") or told["broken"]
        succeeded = sum(told.get("succeeded", False) for told in found.values())
        print(f"{succeeded} of {len(wanted)} attempts made without walls succeed there")

    def sweep(self, numbers):
        """What each system call answers inside."""
        function = common.ATTEMPTS["reachable_system_calls"]
        for _ in range(8):
            reply = self.invoke("sweep", "reachable_system_calls", {"numbers": [numbers.start, numbers.stop]})
            outcome = judge.of_call("sweep", function, reply, self.world)
            if outcome.state == SUCCEEDED:
                return {int(number): answer for number, answer in json.loads(outcome.text).items()}
            time.sleep(1)  # processes that have ended may still be counted against this call's
        raise SystemExit("the sweep is broken: " + outcome.text)

    def reachable(self):
        """How many system calls get to the kernel; how many more say EPERM as the kernel itself would; unusual ones' names."""
        if refused := self.create("sweep"):
            raise SystemExit("the sweep is refused: " + refused)
        answers, end, step = {}, system_calls.LAST + 1, 60
        for begin in range(0, end, step):
            answers.update(self.sweep(range(begin, min(begin + step, end))))
        without = {int(number): answer for number, answer in control("sweep", {"numbers": end}).items()}
        filtered = sum(without[number] == "reached" != answer for number, answer in answers.items()) > 10
        reached = [number for number, answer in answers.items() if answer == "reached" or answer == "EPERM" and not filtered]
        unclear = [number for number, answer in answers.items() if answer == without[number] == "EPERM" and filtered]
        names = {system_calls.name_of(number) for number in reached}
        return len(reached), len(unclear), sorted(names - system_calls.USUAL)


def control(wanted, world):
    done = subprocess.run([sys.executable, f"{HERE}/control.py"], input=json.dumps([wanted, world]), text=True,
                          stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def report(attacker, layer, verbose):
    """One line for what matters; whether all is well."""
    well = True
    expected = EXPECTED_IN_STATE.get(attacker.kappa.state, []) + EXPECTED_WITHOUT.get(layer, [])
    for outcome in attacker.outcomes:
        text = " ".join(outcome.text.split())[:300] if outcome.state != BROKEN else outcome.text
        as_expected = outcome.state == SUCCEEDED and outcome.name in expected
        if outcome.state != PREVENTED or verbose:
            print(f"{outcome.state} {outcome.name}: {text}" + (" (expected)" if as_expected else ""))
        well = well and (outcome.state == PREVENTED or as_expected)
    return well


def attack(attacker):
    unproven = list(attacker.controls())
    for module in MODULES:
        attacker.make_all(module)
        attacker.make_all_at_load(module)
    attacker.persist()
    attacker.results()
    for module in ZYGOTE_MODULES:
        attacker.zygotes(module)
    return unproven, attacker.reachable()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    who = parser.add_mutually_exclusive_group()
    who.add_argument("--as-root", action="store_true")
    who.add_argument("--as-user", action="store_true")
    parser.add_argument("--without", choices=sorted(EXPECTED_WITHOUT))
    parser.add_argument("--state", default="fresh", choices=["fresh", "rewind", "warm"], help="of the attacker's functions")
    parser.add_argument("--only", default="", help="attempts whose name has that")
    parser.add_argument("-v", action="store_true", help="also what prevented each attempt")
    options = parser.parse_args()
    if options.as_root and os.getuid() != 0:
        parser.error("--as-root needs root")
    user = USER if options.as_user and os.getuid() == 0 else os.getuid()
    world = World(options.program, user, user if user == USER else os.getgid())
    kappa = attacker = victims = None
    try:
        kappa = kappas.Kappa(world, options.without, options.state)
        victims = Victims(kappa, world)
        attacker = Attacker(kappa, world, victims, options.only)
        unproven, (reached, unclear, unusual) = attack(attacker)
        changed = kappa.checksum() != kappa.sum
    finally:
        if victims:
            victims.stop()
        if kappa:
            kappa.stop()
        world.clean(attacker.planted if attacker else [])
    well = report(attacker, options.without, options.v)
    for name, fatal, why in unproven:
        print(f"{'UNPROVEN' if fatal else 'not to be proven on this machine:'} {name}: without walls, too, prevented by {why}")
    if changed:
        print("SUCCEEDED somewhere: the server's program has changed")
    print(f"unusual system calls that are reachable: {' '.join(unusual) or 'none'}"
          + (f"; {unclear} more say EPERM as they would without a filter" if unclear else ""))
    states = collections.Counter(outcome.state for outcome in attacker.outcomes)
    broken = f", {states[BROKEN]} broken" if states[BROKEN] else ""
    print(f"{len(attacker.outcomes)} attempts, {states[SUCCEEDED]} succeeded{broken}, {reached} system calls reachable; "
          f"{victims.calls} calls of another tenant meanwhile")
    sys.exit(0 if well and not changed and not any(fatal for _, fatal, _ in unproven) else 1)


main()
