"""Tells all that a call can find out about its process and its files, or, asked to, does to them what a call can do."""
import array
import builtins
import ctypes
import fcntl
import gc
import hashlib
import json
import locale
import logging
import os
import random
import resource
import secrets
import signal
import socket
import ssl
import stat
import subprocess
import sys
import tempfile
import threading
import time
import uuid
import warnings

libc = ctypes.CDLL(None, use_errno=True)
MOST_FILES = 20_000  # more are those of a machine
UNSEEN = ("/usr", "/proc", "/sys")  # their contents: what nobody can write, and what changes by itself
PRCTLS = {"death signal": 2, "dumpable": 3, "timer slack": 30, "no new privileges": 39, "subreaper": 37, "securebits": 27}
IPC_KEY = 0x6B61
ABSTRACT_SOCKET = "\0kappa-poison"
SYS_ADD_KEY, SYS_PERSONALITY, SYS_IOPRIO_SET = 248, 135, 251
FS_IOC_GETFLAGS, FS_IOC_SETFLAGS, NO_DUMP = 0x80086601, 0x40086602, 0x40


# ---- what there is ----

def fingerprint(value, depth=2):
    """Text that is the same for equal things, wherever they lie in memory."""
    if value is None or isinstance(value, (str, int, float, bytes)):
        return repr(value)
    if isinstance(value, (list, tuple, set, frozenset)) and depth:
        parts = [fingerprint(part, depth - 1) for part in value]
        return f"{type(value).__name__}{parts if isinstance(value, (list, tuple)) else sorted(parts)}"
    if isinstance(value, dict) and depth:
        return "dict" + str(sorted(f"{fingerprint(key)}: {fingerprint(value[key], depth - 1)}" for key in value))
    code = getattr(value, "__code__", None)
    body = hashlib.sha256(code.co_code + repr(code.co_names).encode()).hexdigest() if code else ""
    return f"{type(value).__qualname__} {getattr(value, '__module__', '')}.{getattr(value, '__qualname__', '')} {body}"


def attributes(module):
    return {name: fingerprint(getattr(module, name, None)) for name in sorted(dir(module)) if name not in ("modules", "_")}


def attempt(what, *arguments, **keywords):
    """What it gives, or the name of the error."""
    try:
        return str(what(*arguments, **keywords))
    except BaseException as error:
        return f"{type(error).__name__} {getattr(error, 'errno', '')}".strip()


def text_of(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def lines_of_status():
    wanted = ("Umask", "Threads", "Sig", "Shd", "Cap", "NoNew", "Seccomp", "Cpus_allowed_list", "Uid", "Gid", "Groups", "Core")
    return [line for line in text_of("/proc/self/status").splitlines() if line.startswith(wanted) and not line.startswith("SigQ")]


def visible_files():
    """Of everything that can be seen: what it is, whose, how large, where it leads."""
    found, waiting = [], ["/"]
    while waiting and len(found) < MOST_FILES:
        folder = waiting.pop()
        for name in sorted(attempt_list(folder), reverse=True):
            path = os.path.join(folder, name)
            try:
                what = os.lstat(path)
            except OSError:
                continue
            size = what.st_size if stat.S_ISREG(what.st_mode) else ""
            leads = attempt(os.readlink, path) if stat.S_ISLNK(what.st_mode) and not path.startswith("/proc") else ""
            found.append(f"{path!r} {what.st_mode:o} {what.st_uid}:{what.st_gid} {size} {leads}")
            if stat.S_ISDIR(what.st_mode) and path not in UNSEEN:
                waiting.append(path)
    return found if len(found) < MOST_FILES else f"a machine's files: more than {MOST_FILES}"


def attempt_list(folder):
    try:
        return os.listdir(folder)
    except OSError:
        return []


def descriptors():
    """Number to kind; the one of the looking itself is the last."""
    numbers = sorted(int(name) for name in os.listdir("/proc/self/fd"))
    return {number: attempt(os.readlink, f"/proc/self/fd/{number}").split(":")[0] for number in numbers[:-1]}


def mounts():
    """Without the numbers that every mount has."""
    return sorted(" ".join(line.split()[3:]) for line in text_of("/proc/self/mountinfo").splitlines())


def flags_of(path):
    flags, folder = array.array("l", [0]), os.open(path, os.O_RDONLY)
    fcntl.ioctl(folder, FS_IOC_GETFLAGS, flags)
    os.close(folder)
    return flags[0]


def state_of_python():
    return {
        "modules": sorted(sys.modules),
        **{module.__name__: attributes(module) for module in (builtins, json, os, sys, random, signal)},
        "own globals": {name: fingerprint(value, 1) for name, value in sorted(globals().items()) if name != "__builtins__"},
        "collector": [gc.isenabled(), gc.get_threshold(), gc.get_debug()],
        "interpreter": [sys.getrecursionlimit(), sys.getswitchinterval(), str(sys.gettrace()), str(sys.getprofile())],
        "locale": [locale.setlocale(locale.LC_ALL), locale.getpreferredencoding(), time.tzname],
        "settings": [len(warnings.filters), len(logging.root.handlers), logging.root.level, fingerprint(threading.excepthook)],
        "threads": [thread.name for thread in threading.enumerate()],
    }


def state_of_process():
    return {
        "environment": dict(sorted(os.environ.items())),
        "working folder": os.getcwd(),
        "limits": {name: resource.getrlimit(getattr(resource, name)) for name in dir(resource) if name.startswith("RLIMIT_")},
        "status": attempt(lines_of_status),
        "signals": {number: fingerprint(signal.getsignal(number)) for number in sorted(signal.valid_signals())},
        "signal mask": sorted(signal.pthread_sigmask(signal.SIG_BLOCK, [])),
        "timers": [signal.getitimer(timer) for timer in (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL, signal.ITIMER_PROF)],
        "user": [os.getresuid(), os.getresgid(), os.getgroups()],
        "leads its group and session": [os.getpgrp() == os.getpid(), os.getsid(0) == os.getpid()],
        "priority": [os.getpriority(os.PRIO_PROCESS, 0), os.sched_getscheduler(0), sorted(os.sched_getaffinity(0))],
        "prctl": {name: attempt(prctl_value, number) for name, number in PRCTLS.items()},
        "of /proc": {name: attempt(text_of, "/proc/self/" + name)
                     for name in ("comm", "oom_score_adj", "coredump_filter", "personality", "loginuid", "setgroups", "uid_map")},
        "descriptors": descriptors(),
        "host name": [socket.gethostname(), os.uname().nodename],
    }


def prctl_value(number):
    value = ctypes.c_int(0)
    given = libc.prctl(number, ctypes.byref(value), 0, 0, 0) if number in (2, 37) else libc.prctl(number, 0, 0, 0, 0)
    return (given, value.value)


def state_of_files():
    space = os.statvfs("/tmp")
    return {
        "files": visible_files(),
        "space of /tmp": [space.f_blocks, space.f_bfree, space.f_files, space.f_ffree, space.f_flag],
        "attributes of /tmp": [attempt(os.listxattr, "/tmp"), attempt(flags_of, "/tmp"), os.access("/tmp", os.W_OK)],
        "mounts": attempt(mounts),
    }


def state_of_company():
    return {
        "visible processes": sum(name.isdigit() for name in attempt_list("/proc")),
        "shared memory, queue, semaphore": [libc.shmget(IPC_KEY, 1, 0) >= 0, libc.msgget(IPC_KEY, 0) >= 0,
                                            libc.semget(IPC_KEY, 1, 0) >= 0],
        "System V": {name: attempt(lambda: len(text_of("/proc/sysvipc/" + name).splitlines())) for name in ("shm", "msg", "sem")},
        "keys": attempt(lambda: "kappa-poison" in text_of("/proc/keys")),
        "abstract socket": attempt(socket.socket(socket.AF_UNIX).connect, ABSTRACT_SOCKET),
        "children": attempt(os.waitpid, -1, os.WNOHANG),
    }


def random_values():
    with tempfile.NamedTemporaryFile() as file:
        name = os.path.basename(file.name)
    return {"random": random.random(), "getrandbits": random.getrandbits(64), "secrets": secrets.token_hex(16),
            "uuid4": str(uuid.uuid4()), "uuid1": str(uuid.uuid1()), "tempfile": name, "urandom": os.urandom(16).hex(),
            "SystemRandom": random.SystemRandom().random(), "OpenSSL": ssl.RAND_bytes(16).hex()}


# ---- what can be done to it ----

def poison_python():
    def patch(module, name, value):
        setattr(module, name, value)

    yield "builtins", lambda: [patch(builtins, name, lambda *_: 0) for name in ("hash", "ascii", "breakpoint")]
    yield "builtins, a new name", lambda: patch(builtins, "poison", 1)
    yield "json", lambda: patch(json, "loads", lambda text: {"poison": "python"})
    yield "os", lambda: patch(os, "getlogin", lambda: "mallory")
    yield "random's functions", lambda: [patch(random, name, lambda *_: 4) for name in ("random", "getrandbits")]
    yield "random's seed", lambda: random.seed(4)
    yield "uuid, secrets", lambda: [patch(uuid, "uuid4", lambda: "4"), patch(secrets, "token_hex", lambda size: "4")]
    yield "tempfile", lambda: [patch(tempfile, "_name_sequence", iter(["4"] * 9)), patch(tempfile, "tempdir", "/tmp/x")]
    yield "a module", lambda: sys.modules.update(poison=sys)
    yield "sys.path", lambda: sys.path.insert(0, "/tmp")
    yield "import hooks", lambda: sys.meta_path.insert(0, sys)
    yield "interpreter", lambda: [sys.setrecursionlimit(77_777), sys.setswitchinterval(1), gc.disable(), gc.set_threshold(1)]
    yield "own globals", lambda: globals().update(main=None, MOST_FILES=1, poisoned=True)
    yield "locale and time zone", lambda: [os.environ.update(TZ="Asia/Tokyo"), time.tzset(), locale.setlocale(locale.LC_ALL, "C")]
    yield "settings", lambda: [warnings.simplefilter("error"), logging.basicConfig(level=1),
                               patch(threading, "excepthook", None)]
    yield "hooks", lambda: [os.register_at_fork(after_in_child=sys.exit), sys.addaudithook(lambda *_: None)]
    yield "an object that all share", lambda: ctypes.c_long.from_address(id(7_654_321) + 24)
    yield "sys.argv, exit handlers", lambda: [patch(sys, "argv", ["poison"]), __import__("atexit").register(time.sleep, 60)]


def write(path, mode=0o644):
    folder = os.path.dirname(path)
    if not os.path.isdir(folder):
        os.makedirs(folder)
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY, mode))
    os.truncate(path, 3)


def poison_files():
    for path in ("/tmp/poison", "/tmp/.hidden", "/tmp/sitecustomize.py", "/tmp/__pycache__/json.cpython-311.pyc", "/poison",
                 "/tmp/.local/lib/python3.11/site-packages/usercustomize.py", "/usr/lib/python3.11/sitecustomize.py",
                 "/usr/lib/python3/dist-packages/poison.pth", "/etc/ld.so.preload", "/etc/poison", "/dev/poison",
                 "/dev/shm/kappa-left", "/var/tmp/kappa-left", "/run/lock/kappa-left", "/slots/poison", "/home/poison"):
        yield path, lambda path=path: write(path)
    yield "a file without rights", lambda: write("/tmp/locked", 0)
    yield "a pipe, a link, a socket", lambda: [os.mkfifo("/tmp/fifo"), os.symlink("/etc", "/tmp/link"),
                                               socket.socket(socket.AF_UNIX).bind("/tmp/socket")]
    yield "a device", lambda: os.mknod("/tmp/device", stat.S_IFCHR | 0o666, os.makedev(1, 3))
    yield "a file opened and removed", lambda: [write("/tmp/gone"), os.unlink("/tmp/gone")]
    yield "extended attributes", lambda: os.setxattr("/tmp", "user.poison", b"x")
    yield "flags of /tmp", lambda: set_flags("/tmp", NO_DUMP)
    yield "times of /tmp", lambda: os.utime("/tmp", (0, 0))
    yield "owner of /tmp", lambda: os.chown("/tmp", 1, 1)
    yield "mode of /", lambda: os.chmod("/", 0o777)
    yield "links of /", lambda: os.unlink("/lib")
    yield "a mount", lambda: must(libc.mount(b"tmpfs", b"/tmp", b"tmpfs", 0, b""))
    yield "an unmount", lambda: must(libc.umount2(b"/tmp", 2))
    yield "another root", lambda: os.chroot("/tmp")
    yield "mode of /tmp", lambda: os.chmod("/tmp", random.choice([0, 0o500, 0o777, 0o4777]))


def poison_trace():
    """One thing that leaves no file: a server that looks for files only would take /tmp for untouched."""
    yield random.choice([
        ("only its flags", lambda: set_flags("/tmp", NO_DUMP)),
        ("only its times", lambda: os.utime("/tmp", (0, 0))),
        ("only its mode", lambda: os.chmod("/tmp", 0o1770)),
        ("only its attributes", lambda: os.setxattr("/tmp", "user.poison", b"x")),
        ("its mode, there and back", lambda: [os.chmod("/tmp", 0), os.chmod("/tmp", 0o1777)]),
        ("a file, gone again", lambda: [write("/tmp/gone"), os.unlink("/tmp/gone")]),
    ])


def set_flags(path, flags):
    folder = os.open(path, os.O_RDONLY)
    fcntl.ioctl(folder, FS_IOC_SETFLAGS, array.array("l", [flags]))


def must(given):
    if given < 0:
        raise OSError(ctypes.get_errno(), "refused")


def fill_tmp():
    def fill():
        for number in range(1000):
            with open(f"/tmp/fill-{number}", "wb") as file:
                file.write(b"x" * (1 << 20))

    yield "space", fill
    yield "names", lambda: [write(f"/tmp/name-{number}") for number in range(20_000)]


def poison_process():
    others = [os.getppid(), *range(1, 60)]
    yield "umask", lambda: os.umask(0)
    yield "environment", lambda: [os.environ.clear(), os.environ.update(LD_PRELOAD="/tmp/poison", PYTHONPATH="/tmp")]
    yield "working folder", lambda: os.chdir("/")
    yield "signals", lambda: [signal.signal(number, signal.SIG_IGN) for number in (signal.SIGTERM, signal.SIGCHLD, 64)]
    yield "signal mask", lambda: signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    yield "timers", lambda: signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
    yield "niceness", lambda: os.nice(19)
    yield "scheduler", lambda: [os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0)), os.sched_setaffinity(0, {0})]
    yield "everybody's niceness", lambda: os.setpriority(os.PRIO_USER, os.getuid(), 19)
    yield "prctl", lambda: [libc.prctl(number, value, 0, 0, 0) for number, value in ((15, b"poison"), (29, 10**9), (36, 1))]
    yield "personality", lambda: must(libc.syscall(SYS_PERSONALITY, 0x0040000))
    yield "I/O priority", lambda: must(libc.syscall(SYS_IOPRIO_SET, 3, os.getuid(), 3 << 13))
    yield "memory killer", lambda: open("/proc/self/oom_score_adj", "w").write("1000")
    yield "host name", lambda: socket.sethostname("poison")
    yield "descriptors", lambda: [os.dup2(1, number) for number in range(4, 40)]
    yield "others' limits", lambda: any_of(resource.prlimit, others, resource.RLIMIT_NOFILE, (3, 3))
    yield "others' affinity", lambda: any_of(os.sched_setaffinity, others, {0})
    yield "others' life", lambda: any_of(os.kill, [-1, *others], signal.SIGKILL)
    yield "others' memory", lambda: any_of(lambda pid: open(f"/proc/{pid}/mem", "r+b"), others)
    yield "others' trace", lambda: any_of(lambda pid: must(libc.ptrace(16, pid, None, None)), others)
    yield "own limits", lambda: [resource.setrlimit(getattr(resource, name), (0, resource.getrlimit(getattr(resource, name))[1]))
                             for name in ("RLIMIT_CPU", "RLIMIT_FSIZE", "RLIMIT_NPROC", "RLIMIT_STACK", "RLIMIT_CORE")]


def any_of(what, others, *arguments):
    """Succeeds when it does with any process but this one."""
    errors = []
    for pid in others:
        if pid not in (0, os.getpid()):
            try:
                return what(pid, *arguments)
            except OSError as error:
                errors.append(error)
    raise errors[-1]


def poison_company():
    def stay():
        if os.fork() == 0:
            os.setsid()
            holder = socket.socket(socket.AF_UNIX)
            holder.bind(ABSTRACT_SOCKET)
            holder.listen()
            if os.fork() == 0:
                while True:
                    time.sleep(1)
            os._exit(0)

    yield "a daemon with a socket", stay
    yield "a program", lambda: subprocess.Popen(["/bin/sleep", "60"], start_new_session=True)
    yield "a thread", lambda: threading.Thread(target=time.sleep, args=(60,)).start()
    yield "shared memory", lambda: must(libc.shmget(IPC_KEY, 1 << 20, 0o1600))
    yield "a message queue", lambda: must(libc.msgget(IPC_KEY, 0o1600))
    yield "semaphores", lambda: must(libc.semget(IPC_KEY, 1, 0o1600))
    yield "a key", lambda: must(libc.syscall(SYS_ADD_KEY, b"user", b"kappa-poison", b"x", 1, -4))


POISONS = {"python": (poison_python,), "files": (poison_files,), "trace": (poison_trace,), "full": (fill_tmp,),
           "process": (poison_process,), "company": (poison_company,),
           "all": (poison_company, poison_files, fill_tmp, poison_process, poison_python)}


def poison_with(name):
    """What was tried, and how that went: "" where it was done."""
    told = {}
    for poison in POISONS[name]:
        for what, act in poison():
            try:
                act()
                told[what] = ""
            except BaseException as error:
                told[what] = type(error).__name__
    return told


def main(*, poison="", ending=""):
    if not poison:
        return {"state": {"python": state_of_python(), "process": state_of_process(), "files": state_of_files(),
                          "company": state_of_company()},
                "random": random_values()}
    told = poison_with(poison)
    if ending == "crash":
        ctypes.string_at(0)
    if ending == "exit":
        os._exit(0)
    return told
