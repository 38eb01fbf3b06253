# Makes attempts where there are no walls: what does not succeed even there proves nothing.
# stdin: [[module, name, control]...] and the world as JSON; stdout: what came of each.
import ctypes
import importlib
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
from attempts import common  # noqa: E402
from attempts.sweep import sweep  # noqa: E402

NOBODY = 65534
ALONE = 0x10000000 | 0x20000 | 0x8000000 | 0x4000000 | 0x40000000  # user, mount, ipc, host name, network


def become(user, group):
    if os.getuid() != user:
        os.setgroups([])
        os.setresgid(group, group, group)
        os.setresuid(user, user, user)
    ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)  # dumpable: /proc/self is this user's


def go_alone():
    user, group = os.getuid(), os.getgid()
    if ctypes.CDLL(None).unshare(ALONE) != 0:
        raise common.Prevented("this machine gives no namespaces")
    for path, text in (("setgroups", "deny"), ("uid_map", f"0 {user} 1"), ("gid_map", f"0 {group} 1")):
        with open(f"/proc/self/{path}", "w", encoding="utf-8") as file:
            file.write(text)


def made_as(control, function, world):
    def work():
        os.chdir("/tmp")
        if control == "alone":
            go_alone()
        elif control == "server":
            become(world["uid"], world["gid"])
        elif control in ("user", "machine"):
            become(*((NOBODY, NOBODY) if os.getuid() == 0 else (os.getuid(), os.getgid())))
        return common.make(function, world)
    told, status = common.apart(lambda: guarded(work), 6)
    return told if told is not None else {"broken": f"ended with status {status}"}


def guarded(work):
    try:
        return work()
    except common.Prevented as reason:
        return {"succeeded": False, "by": str(reason)}


def sweep_as_nobody(numbers):
    """What the kernel itself says to somebody without privileges."""
    ctypes.CDLL(None).unshare(0x8000000)  # what is made there must not stay on this machine
    become(*((NOBODY, NOBODY) if os.getuid() == 0 else (os.getuid(), os.getgid())))
    ctypes.CDLL(None).prctl(38, 1, 0, 0, 0)
    return sweep(numbers)


def main():
    wanted, world = json.load(sys.stdin)
    world["without_walls"] = True
    if wanted == "sweep":
        return print(json.dumps(common.apart(lambda: sweep_as_nobody(range(world["numbers"])), 60)[0]))
    for module in {module for module, _, _ in wanted}:
        importlib.import_module("attempts." + module)
    print(json.dumps({f"{module}.{name}": made_as(control, common.ATTEMPTS[name], world) for module, name, control in wanted}))


main()
