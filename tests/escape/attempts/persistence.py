# What one call leaves behind and a later one finds: each attempt plants in one call and looks in the calls after it.
# A plant returns what the look may need; both are told the marker that is this attempt's alone.
from attempts.common import *

PLANTS = {}  # name: (plant, look)


def planted(look, **options):
    """Registers a plant together with the function that looks for it."""
    def register(plant):
        def plant_and_tell(world):
            return plant(world) or "planted"
        plant_and_tell.__name__ = plant.__name__
        attempt(at_import=False, **options)(plant_and_tell)
        PLANTS[plant.__name__] = (plant_and_tell, look)
        return plant
    return register


# Files, by where they would do harm. {} is the marker.
PLACES = {"file_in_tmp": "/tmp/{}", "file_in_var_tmp": "/var/tmp/{}", "file_in_shared_memory": "/dev/shm/{}", "file_in_cwd": "{}",
          "file_in_lock_folder": "/run/lock/{}", "file_in_root": "/{}", "file_in_home": "~/{}",
          "file_in_user_site": "~/.local/lib/python3.11/site-packages/{}.py",
          "file_in_site": "/usr/lib/python3/dist-packages/{}.py",
          "file_in_local_site": "/usr/local/lib/python3.11/dist-packages/{}.py", "file_in_library": "/usr/lib/python3.11/{}.py",
          "bytecode_in_library": "/usr/lib/python3.11/__pycache__/{}.cpython-311.pyc", "file_in_etc": "/etc/{}",
          "file_in_usr": "/usr/{}", "file_in_dev": "/dev/{}", "file_in_mnt": "/mnt/{}", "file_in_run": "/run/{}",
          "file_in_var": "/var/{}", "file_in_proc": "/proc/{}", "file_in_opt": "/opt/{}"}


def planting(place):
    def plant(world):
        path = os.path.expanduser(place.format(world["marker"]))
        if place.startswith("~/.local"):
            os.makedirs(os.path.dirname(path), exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        return os.path.abspath(path)
    return plant


def look_for_file(world):
    return f"{world['planted']} is still there" if os.path.lexists(world["planted"]) else None


for name, place in PLACES.items():
    new = planting(place)
    new.__name__ = name
    planted(look_for_file)(new)


@planted(lambda world: [path for path in json.loads(world["planted"]) if os.path.exists(path)] or None)
def file_anywhere(world):
    """In any folder that can be seen."""
    made, end = [], time.monotonic() + 2
    for here, folders, _ in os.walk("/"):
        folders[:] = [name for name in folders if os.path.join(here, name) not in ("/proc", "/sys", world["host_tmp"])]
        try:
            path = f"{here}/{world['marker']}"
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
            made.append(path)
        except OSError:
            pass
        if time.monotonic() > end or len(made) > 20:
            break
    return json.dumps(made)


def look_at_mode(world):
    return f"mode {os.stat('/tmp').st_mode:o}" if str(os.stat("/tmp").st_mode) != json.loads(world["planted"])[0] else None


@planted(look_at_mode)
def mode_of_tmp(world):
    before = str(os.stat("/tmp").st_mode)
    os.chmod("/tmp", 0o1757)
    return json.dumps([before])


def look_for_attribute(world):
    names = os.listxattr("/tmp") if hasattr(os, "listxattr") else []
    return f"attributes {names}" if f"user.{world['marker']}" in names else None


@planted(look_for_attribute)
def attribute_of_tmp(world):
    os.setxattr("/tmp", f"user.{world['marker']}", b"x")
    return "set"


# In the process and in what is inherited from it.

@planted(lambda world: os.environ.get("KAPPA_PLANTED"))
def environment(world):
    os.environ["KAPPA_PLANTED"] = world["marker"]
    libc.setenv(b"KAPPA_PLANTED", world["marker"].encode(), 1)


@planted(lambda world: getattr(json, "planted", None))
def patched_module(world):
    json.planted = world["marker"]
    json.dumps.__kwdefaults__["indent"] = 7
    return "patched"


@planted(lambda world: __import__("builtins").__dict__.get("planted"))
def patched_builtins(world):
    import builtins
    builtins.planted = world["marker"]


@planted(lambda world: next((name for name in sys.modules if name == world["marker"]), None))
def module_left(world):
    sys.modules[world["marker"]] = sys
    sys.path.insert(0, "/tmp/" + world["marker"])


@planted(lambda world: str(signal.getsignal(signal.SIGUSR1)) if signal.getsignal(signal.SIGUSR1) != signal.SIG_DFL else None)
def signal_handler(world):
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)


@planted(lambda world: f"blocked {mask}" if signal.SIGUSR2 in (mask := signal.pthread_sigmask(signal.SIG_BLOCK, [])) else None)
def signal_mask(world):
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2])


def look_for_exit_handlers(world):
    import atexit
    return f"{atexit._ncallbacks()} handlers" if atexit._ncallbacks() else None


@planted(look_for_exit_handlers)
def exit_handler(world):
    import atexit
    atexit.register(lambda: open(f"/tmp/{world['marker']}", "w").close())


@planted(lambda world: str(signal.getitimer(signal.ITIMER_VIRTUAL)) if any(signal.getitimer(signal.ITIMER_VIRTUAL)) else None)
def timer(world):
    signal.setitimer(signal.ITIMER_VIRTUAL, 1000)


def look_at_limits(world):
    import resource
    return "the limit is 77" if resource.getrlimit(resource.RLIMIT_NOFILE)[1] == 77 else None


@planted(look_at_limits)
def limits(world):
    import resource
    resource.setrlimit(resource.RLIMIT_NOFILE, (77, 77))


@planted(lambda world: "umask 0077" if os.umask(0o22) == 0o77 else None)
def mask_of_modes(world):
    os.umask(0o77)


@planted(lambda world: f"nice {os.getpriority(os.PRIO_PROCESS, 0)}" if os.getpriority(os.PRIO_PROCESS, 0) >= 7 else None)
def niceness(world):
    os.nice(7)


@planted(lambda world: "one processor" if str(len(os.sched_getaffinity(0))) != world["planted"] else None)
def processors(world):
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    return str(len(before))


@planted(lambda world: os.getcwd() if world["marker"] in os.getcwd() else None)
def working_folder(world):
    os.mkdir(f"/tmp/{world['marker']}")
    os.chdir(f"/tmp/{world['marker']}")


# In the kernel.

def key_of(world):
    return int(world["marker"][-7:], 16)


# System V objects: how the one of a key is had, with the flags last.
SYSTEM_V = {"sysv_memory": lambda key, flags: libc.shmget(key, 4096, flags), "sysv_queue": libc.msgget,
            "sysv_semaphores": lambda key, flags: libc.semget(key, 1, flags)}


def leaving_an_object(get):
    def plant(world):
        return str(checked(get(key_of(world), 0o1666)))

    def look(world):
        return f"object {checked(get(key_of(world), 0))}"
    return plant, look


for name, get in SYSTEM_V.items():
    plant, look = leaving_an_object(get)
    plant.__name__ = name
    planted(look)(plant)


def look_for_posix_queue(world):
    return f"queue {syscall('mq_open', world['marker'].encode(), os.O_RDWR, 0, None)}"


@planted(look_for_posix_queue)
def posix_queue(world):
    return str(syscall("mq_open", world["marker"].encode(), os.O_RDWR | os.O_CREAT, 0o666, None))


def leaving_a_key(ring):
    def plant(world):
        return str(syscall("add_key", b"user", world["marker"].encode(), b"value", 5, ring))

    def look(world):
        try:
            return f"key {syscall('keyctl', 10, ring, b'user', world['marker'].encode(), 0)}"  # KEYCTL_SEARCH
        except OSError as error:
            if error.errno in (126, 127, 128):  # none there, expired, revoked
                return None
            raise
    return plant, look


for name, ring in (("key_of_user", -4), ("key_of_user_session", -5), ("key_of_session", -3), ("key_of_process", -2)):
    plant, look = leaving_a_key(ring)
    plant.__name__ = name
    planted(look)(plant)


# By a process that stays. The driver looks for processes of the marker's name after each of these, too.

@planted(lambda world: None)
def daemon(world):
    daemonize(lambda: None, world["marker"])
    return "left"


def look_for_abstract_socket(world):
    with socket.socket(socket.AF_UNIX) as to:
        to.connect("\0" + world["marker"])
        return "somebody listens"


@planted(look_for_abstract_socket)
def abstract_socket_of_daemon(world):
    def work():
        listening = socket.socket(socket.AF_UNIX)
        listening.bind("\0" + world["marker"])
        listening.listen()
        time.sleep(20)
    daemonize(work, world["marker"])


LOCKED = "/usr/lib/python3.11/this.py"  # a file that all functions see; nobody needs it


def look_for_lock(world):
    import fcntl
    with open(LOCKED) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return "locked by somebody"
    return None


@planted(look_for_lock)
def lock_of_daemon(world):
    def work():
        import fcntl
        file = open(LOCKED)
        fcntl.flock(file, fcntl.LOCK_EX)
        time.sleep(20)
    daemonize(work, world["marker"])


@planted(lambda world: None)
def thread_that_stays(world):
    threading.Thread(target=lambda: (rename_process(world["marker"]), time.sleep(20))).start()
    time.sleep(0.05)


@planted(lambda world: None)
def child_out_of_the_group(world):
    if os.fork() == 0:
        os.setpgid(0, 0)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        libc.prctl(1, 0, 0, 0, 0)  # no signal when its parent dies
        rename_process(world["marker"])
        time.sleep(20)
        os._exit(0)
    time.sleep(0.05)


def state():
    """Everything that a call finds and may change, as a text: equal before every call."""
    import gc
    import resource
    found = {**{f"environment {name}": value for name, value in os.environ.items()},
             "cwd": os.getcwd(), "umask": os.umask(0o22), "argv": sys.argv, "path": sys.path,
             "limits": [resource.getrlimit(number) for number in range(16)], "streams": sys.stdout.line_buffering,
             "signals": [str(signal.getsignal(number)) for number in range(1, 65)], "mask": str(signal.pthread_sigmask(0, [])),
             "ids": [os.getresuid(), os.getresgid(), os.getgroups()], "nice": os.getpriority(os.PRIO_PROCESS, 0),
             "modules": len(sys.modules), "builtins": len(dir(__import__("builtins"))), "threads": threading.active_count(),
             "gc": gc.get_threshold(), "recursion": sys.getrecursionlimit(), "host": os.uname(),
             "processors": len(os.sched_getaffinity(0)), "timer": signal.getitimer(signal.ITIMER_REAL),
             "sockets": sockets()}
    for folder in ("/tmp", "/dev/shm", "/var/tmp", "/run/lock", "."):
        try:
            entries = [entry for entry in sorted(os.listdir(folder)) if not entry.startswith("kappa-")]
            found[folder] = [entries, oct(os.stat(folder).st_mode)] if folder in ("/tmp", ".") else entries
        except OSError as error:
            found[folder] = error.errno
    return json.dumps(found, default=str).replace(os.getcwd(), "HERE")  # a folder of each call's own


def look_at_state(world):
    now, before = json.loads(state()), json.loads(world["planted"])
    changed = [f"{name}: {before.get(name)} -> {now.get(name)}" for name in {**now, **before} if now.get(name) != before.get(name)]
    return "; ".join(changed)[:800] or None


@planted(look_at_state)
def whole_state(world):
    before = state()
    for spoil in (environment, patched_module, patched_builtins, module_left, signal_handler, signal_mask, exit_handler, timer,
                  limits, mask_of_modes, niceness, mode_of_tmp, working_folder):
        try:
            spoil(world)
        except OSError:
            pass
    sys.setrecursionlimit(500)
    return before
