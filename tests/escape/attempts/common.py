# What attempts are made with. The driver puts this file before an attempt's module and uploads both as one function; it also
# imports both, to know the attempts and to make some of them without walls.
import ctypes
import errno
import json
import mmap
import os
import re
import signal
import socket
import stat
import struct
import sys
import threading
import time
import traceback

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
libc.shmat.restype = ctypes.c_void_p

ATTEMPTS = {}
AT_LOAD = {}  # what an attempt does while its module is loaded, in the function's zygote
LOADED = {}  # and what came of it

CANARY = re.compile(rb"kappa-" + rb"canary-[0-9a-z-]+")  # in two parts: this file is no canary

# What a kernel says that refuses. Any other errno tells of a mistake in the attempt, unless it lists it.
REFUSALS = {getattr(errno, name) for name in (
    "EPERM EACCES ENOSYS ENOENT ESRCH EROFS ENODEV ENXIO EAFNOSUPPORT EPROTONOSUPPORT ESOCKTNOSUPPORT ECONNREFUSED ENETUNREACH "
    "EHOSTUNREACH ENETDOWN EADDRNOTAVAIL EOPNOTSUPP ETXTBSY ENOPKG ENOSPC").split()}

# System calls by number (x86-64), where Python has no name for them.
NR = {"add_key": 248, "request_key": 249, "keyctl": 250, "unshare": 272, "clone": 56, "clone3": 435, "pidfd_open": 434,
      "pidfd_getfd": 438, "pidfd_send_signal": 424, "process_vm_readv": 310, "tgkill": 234, "kcmp": 312,
      "rt_sigqueueinfo": 129, "ptrace": 101, "mount": 165, "umount2": 166, "pivot_root": 155, "chroot": 161,
      "open_tree": 428, "move_mount": 429, "fsopen": 430, "fsconfig": 431, "fsmount": 432, "mount_setattr": 442,
      "setns": 308, "bpf": 321, "io_uring_setup": 425, "userfaultfd": 323, "perf_event_open": 298, "modify_ldt": 154,
      "personality": 135, "swapon": 167, "swapoff": 168, "init_module": 175, "finit_module": 313, "delete_module": 176,
      "iopl": 172, "ioperm": 173, "acct": 163, "quotactl": 179, "fanotify_init": 300, "open_by_handle_at": 304,
      "name_to_handle_at": 303, "kexec_load": 246, "kexec_file_load": 320, "capset": 126, "capget": 125, "syslog": 103,
      "reboot": 169, "clock_settime": 227, "clock_adjtime": 305, "sethostname": 170, "setdomainname": 171,
      "ioprio_set": 251, "prlimit64": 302, "mq_open": 240, "memfd_secret": 447, "migrate_pages": 256, "vhangup": 153,
      "ioctl": 16, "getsockopt": 55, "setsockopt": 54, "fcntl": 72}


class Prevented(Exception):
    """The attempt came to nothing, for a reason that no errno tells."""


def attempt(control=None, at_import=True, refused="", dies=""):
    """An attempt returns what it saw. None, Prevented and an errno that refuses say that it was prevented.
    control: as whom it must succeed where there are no walls: the "server"'s user, another "user"; or should, if the machine has
    what it takes: "machine" (as another user), "root", "alone" (as root of namespaces of its own, and nobody is harmed).
    at_import: whether it is made while a module is loaded, too. refused: errnos that refuse it beside the usual ones.
    dies: signals that it may end by, beside SIGSYS and SIGKILL."""
    def register(function):
        function.control, function.at_import, function.dies = control, at_import, dies.split()
        function.refusals = REFUSALS | {getattr(errno, name) for name in refused.split()}
        assert function.__name__ not in ATTEMPTS, f"two attempts are called {function.__name__}"
        ATTEMPTS[function.__name__] = function
        return function
    return register


def forgery(verdicts, cpu_ms=0, wall_ms=0, peak_kb=0, output=None, calls=1):
    """An attempt to have the server say what is untrue. What is true: its verdict is one of those, it used and took that much
    at least, and its output, if it matters, is that. The driver judges, after each of so many calls."""
    def register(function):
        attempt(at_import=False)(function)
        function.truth = {"verdicts": verdicts.split(), "cpu_ms": cpu_ms, "wall_ms": wall_ms, "peak_kb": peak_kb,
                          "output": output, "calls": calls}
        return function
    return register


def at_load(name):
    """The part of the attempt of that name that is done while the module is loaded."""
    def register(function):
        AT_LOAD[name] = function
        return function
    return register


def make(function, world):
    """Makes an attempt; what came of it, as JSON has it."""
    try:
        seen = function(world)
    except Prevented as reason:
        return {"succeeded": False, "by": str(reason)}
    except OSError as error:
        refusals = getattr(function, "refusals", REFUSALS)
        if error.errno in refusals or isinstance(error, TimeoutError):
            return {"succeeded": False, "by": errno.errorcode.get(error.errno, type(error).__name__)}
        if isinstance(error, socket.gaierror):
            return {"succeeded": False, "by": f"no name server: {error}"}
        return {"broken": traceback.format_exc()}
    except BaseException:
        return {"broken": traceback.format_exc()}
    if seen is None:
        return {"succeeded": False, "by": "nothing there"}
    return {"succeeded": True, "seen": str(seen)[:20000]}


def apart(work, seconds=3):
    """What `work` returns, done in a forked child, so that its end, or its never ending, is its own."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, json.dumps(work()).encode()[:60000])
        os._exit(0)
    os.close(writing)
    os.set_blocking(reading, False)
    told, deadline = b"", time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            piece = os.read(reading, 65536)
        except BlockingIOError:
            time.sleep(0.002)
            continue
        told += piece
        if not piece:
            break
    os.close(reading)
    os.kill(child, signal.SIGKILL)
    status = os.waitpid(child, 0)[1]
    return (json.loads(told) if told else None), status


def make_apart(function, world):
    told, status = apart(lambda: make(function, world))
    if told is not None:
        return told
    name = signal.Signals(os.WTERMSIG(status)).name if os.WIFSIGNALED(status) else "its end"
    if name in ["SIGSYS", *function.dies]:
        return {"succeeded": False, "by": name}
    return {"broken": f"ended by {name}" + (" after 3 s" if name == "SIGKILL" else "")}


def syscall(name, *arguments):
    """What the kernel gives, or OSError."""
    number = NR[name] if isinstance(name, str) else name
    result = libc.syscall(ctypes.c_long(number), *[ctypes.c_long(a) if isinstance(a, int) else a for a in arguments])
    return checked(result)


def as_int(number):
    """The number as the kernel takes an int of it, in 64 bits: a filter that compares all of them sees another one."""
    return [number, number | 1 << 32, number | 0xffffffff << 32]


def checked(result):
    if result in (-1, 2**64 - 1):  # the second is how ctypes has (void*)-1
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def canaries_in(data):
    return sorted({found.decode() for found in CANARY.findall(data)})


def first_that_works(things, try_one):
    """What try_one gives for the first thing for which it gives something. If each was refused, the last refusal."""
    refusal = None
    for thing in things:
        try:
            seen = try_one(thing)
            if seen is not None:
                return f"{thing}: {seen}"
        except OSError as error:
            if error.errno not in REFUSALS:
                raise
            refusal = error
    if refusal:
        raise refusal
    return None


def read(path, size=65536):
    with open(path, "rb", buffering=0) as file:
        return file.read(size)


def beginning(path):
    data = read(path)
    found = canaries_in(data)
    return found or (repr(data[:60]) if data else None)


def scratch(world, name):
    """A place for this attempt's own things, by a name that is cleaned up where /tmp is the machine's."""
    folder = f"/tmp/{world['marker']}"
    if not os.path.isdir(folder):
        os.mkdir(folder)
        os.chmod(folder, 0o777)  # controls are made as several users
    return f"{folder}/{name}"


def is_socket(fd):
    try:
        return stat.S_ISSOCK(os.fstat(fd).st_mode)
    except OSError:
        return False


def sockets():
    """Descriptors of this process that are sockets; without /proc, which may be gone."""
    return [fd for fd in range(256) if is_socket(fd)]


def burn(cpu_ms):
    end = time.thread_time() + cpu_ms / 1000
    while time.thread_time() < end:
        sum(range(1000))


def frame(world, name, payload=b""):
    """As src/runner/frames.hpp has it: length, type, payload."""
    payload = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return struct.pack("<IB", len(payload), world["frames"][name]) + payload


def server_socket():
    """The call's own socket to the server."""
    if not sockets():
        raise Prevented("no socket to the server in this process")
    return socket.socket(fileno=os.dup(sockets()[0]))


def send_with_descriptors(to, data, fds):
    to.sendmsg([data], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, struct.pack(f"{len(fds)}i", *fds))])


def rename_process(name):
    libc.prctl(15, name[:15].encode(), 0, 0, 0)  # PR_SET_NAME; the driver looks for processes of that name


def daemonize(work, name):
    """Leaves a process behind, as daemons are made."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            rename_process(name)
            try:
                work()
            finally:
                time.sleep(20)
                os._exit(0)
        os._exit(0)
    time.sleep(0.05)
