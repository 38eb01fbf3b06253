"""What happens to control, HAProxy and runners while clients call, and what of it they may notice."""

import random
import signal
import time

from scale.history import Ledger, told_too_late
from scale.load import Load
from scale.topology import eventually

SLOTS = 4
CALL_MS = 50
LOST_WITHIN_S = 1.1


def load(scene, clients=3 * SLOTS, **arguments):
    return Load(scene.clients, scene.client, clients, **{"ms": CALL_MS, **arguments})


def go_on(seconds):
    time.sleep(seconds)  # of load: no condition is waited for


def wait_until_used(scene, runner, since):
    eventually(lambda: scene.witness.began_at(runner.host.address, since), f"{runner.host.name} is used", 10)


def check(is_so, what):
    if not is_so:
        raise AssertionError(what)


def check_none_failed(calls):
    failed = calls.failed()
    check(not failed, f"{len(failed)} of {len(calls.ended())} calls failed: {failed[:3]}")


def check_lost_with(scene, calls, runner, at):
    """Only what that runner was doing is lost, no more than it has slots, and it is told soon. How many, and how late."""
    lost = calls.failed()
    others = [call for call in lost if call.status != 502]
    check(not others, f"not only what ran there failed: {others[:3]}")
    check(lost, "nothing was lost: the test did not hit anything")
    check(len(lost) <= runner.slots, f"{len(lost)} were lost of a runner with {runner.slots} slots: {lost}")
    elsewhere = [call for call in lost for seen in scene.witness.begins.get(call.number, ())
                 if seen.where != runner.host.address]
    check(not elsewhere, f"lost, but they ran elsewhere: {elsewhere}")
    latest = max(call.ended - at for call in lost)
    scene.figures["lost_beyond"], scene.figures["told_ms"] = max(0, len(lost) - runner.slots), latest * 1000
    check(latest <= LOST_WITHIN_S, f"a loss was told after {latest:.2f} s")
    return f"{len(lost)} lost, told within {latest * 1000:.0f} ms"


def busy_per_slot(scene):
    """Microseconds that calls held each slot, by runner."""
    busy = {runner.host.name: 0 for runner in scene.runners}
    for name, _, held_us in Ledger(scene.control.data).rows.values():
        if name:
            busy[name] += held_us or 0
    return {runner.host.name: busy[runner.host.name] / runner.slots for runner in scene.runners}


def share_evenly(scene, clients, **arguments):
    with load(scene, clients, **arguments) as calls:
        go_on(4)
    check_none_failed(calls)
    busy = busy_per_slot(scene)
    ratio = scene.figures["busiest_to_idlest"] = max(busy.values()) / min(busy.values())
    return calls, f"{len(calls.calls)} calls, busiest ÷ idlest by slot {ratio:.2f}"


def shared_evenly(scene, clients, **arguments):
    calls, told = share_evenly(scene, clients, **arguments)
    check(scene.figures["busiest_to_idlest"] <= 1.25, told)
    return calls, told


def equal(scene):
    return shared_evenly(scene, 2 * SLOTS)


def unequal(scene):
    return shared_evenly(scene, 4 * SLOTS, ms=100, slow={scene.runners[2].host.address: 4})


unequal.sizes = (2 * SLOTS, 2 * SLOTS, SLOTS)


def killed(scene):
    runner = scene.runners[1]
    with load(scene) as calls:
        wait_until_used(scene, runner, scene.begun)
        go_on(0.5)
        at = time.monotonic()
        runner.kill()
        go_on(1.5)
        told = check_lost_with(scene, calls, runner, at)
        runner.start()
        scene.wait_for(runner)
        wait_until_used(scene, runner, time.monotonic())
    check_lost_with(scene, calls, runner, at)
    return calls, told


def dark(scene):
    runner = scene.runners[1]
    with load(scene) as calls:
        wait_until_used(scene, runner, scene.begun)
        go_on(0.5)
        at = time.monotonic()
        runner.host.go_dark()
        go_on(1.8)
        told = check_lost_with(scene, calls, runner, at)
        runner.host.come_back()
        scene.wait_for(runner)
        wait_until_used(scene, runner, time.monotonic())
    check_lost_with(scene, calls, runner, at)
    return calls, told


def late(scene):
    """It stands still for longer than the checks take; what it then says of calls that were given up is refused."""
    runner = scene.runners[1]
    with load(scene) as calls:
        wait_until_used(scene, runner, scene.begun)
        go_on(0.5)
        at = time.monotonic()
        runner.signal(signal.SIGSTOP)
        go_on(2)
        told = check_lost_with(scene, calls, runner, at)
        lost = {call.reply["exec_id"] for call in calls.failed() if not told_too_late(call)}
        runner.signal(signal.SIGCONT)
        scene.wait_for(runner)
        wait_until_used(scene, runner, time.monotonic())
        go_on(0.5)
    ledger = Ledger(scene.control.data)
    changed = [exec_id for exec_id in lost if ledger.verdict(exec_id) != "runner_lost"]
    check(not changed, f"a late answer was taken: {changed}")
    check_lost_with(scene, calls, runner, at)
    return calls, told


def drained(scene):
    """Stopped while it runs calls that take longer than it leaves, and started again."""
    runner = scene.runners[1]
    with load(scene) as calls, load(scene, 3, ms=2500) as long:
        eventually(lambda: {call.number for call in long.calls} & scene.witness.running_at(runner.host.address),
                   "it runs a call that takes long")
        status = runner.stop()
        check(status == 0, f"it ended with {status}")
        go_on(0.5)
        runner.start()
        scene.wait_for(runner)
        wait_until_used(scene, runner, time.monotonic())
    check_none_failed(calls)
    check_none_failed(long)
    scene.figures["failed"] = 0
    calls.calls += long.calls
    return calls, f"none of {len(calls.calls)} failed"


def joins(scene):
    """A runner that HAProxy knows of starts; then one is added to its file, and the file is read again."""
    known, new = scene.runners[2:]
    scene.balancer.configure(scene.runners[:3])
    scene.balancer.reload()
    scene.wait_for(*scene.runners[:2])
    with load(scene) as calls:
        known.start()
        wait_until_used(scene, known, scene.begun)
        new.start()
        scene.balancer.configure(scene.runners)
        scene.balancer.reload()
        wait_until_used(scene, new, scene.begun)
        for _ in range(3):
            go_on(0.3)
            scene.balancer.reload()
    check_none_failed(calls)
    return calls, f"none of {len(calls.calls)} failed"


joins.sizes = (SLOTS, SLOTS, SLOTS, SLOTS)
joins.absent = ("runner-3", "runner-4")


def token_refused(scene):
    """A runner has not got the token that control sends: what it refuses another one that has room runs."""
    runner = scene.runners[1]
    token = runner.data / "tokens" / "runner"
    taken = token.read_bytes()
    with load(scene, SLOTS) as calls:
        wait_until_used(scene, runner, scene.begun)
        token.write_bytes(b"another token that nobody sends to it, as long as one\n")
        eventually(lambda: scene.balancer.count("wretr") > 0, "HAProxy tries again what that runner refused")
        go_on(1)
        token.write_bytes(taken)
        wait_until_used(scene, runner, time.monotonic())
    check_none_failed(calls)
    return calls, f"{scene.balancer.count('wretr')} tried again, none of {len(calls.calls)} failed"


def balancer_killed(scene):
    with load(scene) as calls:
        go_on(1)
        scene.balancer.kill()
        scene.balancer.start()
        scene.wait_for(*scene.runners)
        begun = time.monotonic()
        for runner in scene.runners:
            wait_until_used(scene, runner, begun)
    lost = [call for call in calls.failed() if call.status == 502]
    check(len(lost) <= 3 * SLOTS, f"{len(lost)} were lost, more than there were")
    after = [call for call in calls.failed() if call.begun > begun]
    check(not after, f"calls failed after it was back: {after[:3]}")
    refused = len(calls.failed()) - len(lost)
    return calls, f"{len(lost)} lost, {refused} answered 503"


def control_restarted(scene):
    """Stopped, and started; then killed, and started. Runners and HAProxy live on."""
    with load(scene) as calls:
        go_on(1)
        check(scene.control.stop() == 0, "control ended badly")
        scene.control.start()
        scene.wait_for_control()
        scene.wait_for(*scene.runners)
        go_on(0.5)
        scene.control.kill()
        scene.control.start()
        scene.wait_for_control()
        scene.wait_for(*scene.runners)
        begun = time.monotonic()
        for runner in scene.runners:
            wait_until_used(scene, runner, begun)
        go_on(0.5)
    after = [call for call in calls.failed() if call.begun > begun]
    check(not after, f"calls failed after it was back: {after[:3]}")
    unanswered = sum(1 for call in calls.ended() if call.status == 0)
    return calls, f"{unanswered} of {len(calls.calls)} unanswered"


def killed_often(scene):
    """One runner after the other, at any moment."""
    chance = random.Random(scene.seed)
    with load(scene) as calls:
        for _ in range(scene.kills):
            runner = chance.choice(scene.runners)
            go_on(chance.uniform(0.05, 0.4))
            runner.kill()
            runner.start()
            wait_until_used(scene, runner, time.monotonic())
    lost = [call for call in calls.failed() if call.status == 502]
    refused = [call for call in calls.failed() if call.status == 503]  # while none is taken to be alive
    check(len(lost) + len(refused) == len(calls.failed()), f"something else failed: {calls.failed()[:3]}")
    check(len(lost) <= scene.kills * SLOTS, f"{len(lost)} were lost in {scene.kills} kills of {SLOTS} slots")
    scene.figures["kills"], scene.figures["lost"] = scene.kills, len(lost)
    return calls, f"{scene.kills} kills: {len(lost)} lost, {len(refused)} refused of {len(calls.calls)} calls"


def wait_only(scene):
    """Functions that wait, as many as the runners have slots for, and half as many again in HAProxy's queue."""
    slots = sum(runner.slots for runner in scene.runners)
    with load(scene, slots * 3 // 2) as calls:
        for runner in scene.runners:
            wait_until_used(scene, runner, scene.begun)
        go_on(1)
        before, begun = len(calls.ended()), time.monotonic()
        go_on(5)
        scene.figures["calls_per_s"] = (len(calls.ended()) - before) / (time.monotonic() - begun)
    check_none_failed(calls)
    return calls, f"{scene.figures['calls_per_s']:.1f} calls/s by {slots} slots"


def one_runner(scene):
    return wait_only(scene)


one_runner.sizes = (SLOTS // 2,)  # few: control, HAProxy, clients and all runners share this machine's processors


def three_runners(scene):
    return wait_only(scene)


three_runners.sizes = (SLOTS // 2,) * 3


def one_slower(scene):
    return share_evenly(scene, 4 * SLOTS, ms=100, slow={scene.runners[2].host.address: 4})


one_slower.sizes = (2 * SLOTS,) * 3

MEASURED = [one_runner, three_runners, one_slower]  # by ./dev bench scale
ALL = [equal, unequal, killed, dark, late, drained, joins, token_refused, balancer_killed, control_restarted, killed_often]
