# A function's module is loaded in its zygote, which forks all its calls: what it does there to what forks, measures and tells.
from attempts.common import *


def tell_when_hooked(name, hook):
    """At load: runs `hook` in each child as it is forked, before it is walled in; what came of it is in LOADED."""
    def run():
        try:
            LOADED[name] = make(hook, None)
        except BaseException:
            LOADED[name] = {"broken": traceback.format_exc()}
    os.register_at_fork(after_in_child=run)


def loaded(name):
    """What the part at load saw, as the attempt's own outcome."""
    came = LOADED.get(name)
    if came is None:
        raise Prevented("hooks of the module are not run")
    if "broken" in came:
        raise AssertionError(came["broken"])
    if not came["succeeded"]:
        raise Prevented(came["by"])
    return came["seen"]


# Memory that all of a function's calls share: what one writes the next one reads.

def shared_by(name, make_memory):
    def load(world):
        LOADED[name] = make_memory()

    def count(world):
        memory = LOADED[name]
        memory[0] += 1
        return f"this is call {memory[0]}" if memory[0] > 1 else None
    count.__name__ = name
    at_load(name)(load)
    attempt(at_import=False)(count)
    count.calls = 4


def system_v_memory():
    segment = checked(libc.shmget(0, 4096, 0o1600))
    address = checked(libc.shmat(segment, None, 0))
    libc.shmctl(segment, 0, None)  # IPC_RMID: gone with its last user
    return (ctypes.c_ubyte * 4096).from_address(address)


def memory_of_a_file():
    path = f"/tmp/kappa-{os.getpid()}-shared"
    with open(path, "w+b") as file:
        file.truncate(4096)
        os.unlink(path)
        return mmap.mmap(file.fileno(), 4096)


def memory_file():
    fd = os.memfd_create("shared")
    os.truncate(fd, 4096)
    return mmap.mmap(fd, 4096)


def memory_not_to_be_looked_at():
    memory = mmap.mmap(-1, 4096)
    checked(libc.prctl(4, 0, 0, 0, 0))  # PR_SET_DUMPABLE: an ordinary user may not look into its process any more
    return memory


for name, make_memory in {"shared_memory": lambda: mmap.mmap(-1, 4096), "shared_system_v_memory": system_v_memory,
                          "shared_file": memory_of_a_file, "shared_memory_file": memory_file,
                          "shared_memory_hidden": memory_not_to_be_looked_at}.items():
    shared_by(name, make_memory)


# Processes beside the zygote, which no call's end takes along.

@at_load("process_left_at_load")
def leave_process(world):
    daemonize(lambda: None, world["marker"])


@attempt(at_import=False)
def process_left_at_load(world):
    """The driver looks for the process."""
    return None


def control_socket():
    """The one of the zygote's sockets that the server holds the other end of."""
    for fd in sockets():
        with socket.socket(fileno=os.dup(fd)) as candidate:
            try:
                if candidate.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b"":
                    continue  # nobody there any more
            except BlockingIOError:
                return socket.socket(fileno=os.dup(fd))
    raise AssertionError("the zygote has no control socket; where is it?")


def serve_stolen_call(world, control):
    """In the zygote's place: an idle process is told as the call's, and the work is done here."""
    _, fds, _, _ = socket.recv_fds(control, 65536, 8)
    assert len(fds) == 4, fds
    call, life = socket.socket(fileno=fds[0]), socket.socket(fileno=fds[3])
    idle = os.fork()
    if idle == 0:
        time.sleep(20)
        os._exit(0)
    send_with_descriptors(life, frame(world, "spawned"), [syscall("pidfd_open", idle, 0)])
    call.sendall(frame(world, "ready"))
    call.recv(65536)
    burn(350)
    call.sendall(frame(world, "result", {"stolen": True}))


@at_load("stolen_calls")
def steal_calls(world):
    control, zygote = control_socket(), os.getpid()
    if os.fork() == 0:
        time.sleep(0.4)  # until the module is loaded and the first children wait
        os.kill(zygote, signal.SIGSTOP)
        while True:
            serve_stolen_call(world, control)


@forgery("ok", cpu_ms=300, wall_ms=300, calls=4)
def stolen_calls(world):
    time.sleep(0.2)
    burn(350)
    return "done"


@at_load("zygote_doubled")
def double_zygote(world):
    os.fork()  # both go on as the zygote


@forgery("ok", cpu_ms=80, wall_ms=80, calls=4)
def zygote_doubled(world):
    burn(100)
    return "done"


@at_load("work_at_signals")
def work_at_signals(world):
    """At each that the C library keeps for itself, and does not hold back; a timer sends them."""
    LOADED["work_at_signals"] = seen = [0, 0]

    @ctypes.CFUNCTYPE(None, ctypes.c_int)
    def count(number):
        seen[0] += 1
    work_at_signals.kept = count
    signal.signal(signal.SIGUSR1, lambda *_: None)
    how = ctypes.create_string_buffer(32)
    syscall(13, signal.SIGUSR1, None, how, 8)  # rt_sigaction: how the C library returns from a handler
    restorer = struct.unpack("<QQQQ", how.raw)[2]
    handler = ctypes.cast(count, ctypes.c_void_p).value
    for number in (32, 33):
        syscall(13, number, ctypes.create_string_buffer(struct.pack("<QQQQ", handler, 0x14000000, restorer, 0)), None, 8)
        event = ctypes.create_string_buffer(struct.pack("<Qii", 0, number, 0), 64)
        timer = ctypes.c_int()
        syscall(222, 1, event, ctypes.byref(timer))  # timer_create
        syscall(223, timer.value, 0, ctypes.create_string_buffer(struct.pack("<qqqq", 0, 10_000_000, 0, 10_000_000)), None)
    time.sleep(0.1)
    assert seen[0] > 0, "no signal came"
    seen[1] = seen[0] + 20  # while it was looked at what the module has done


@attempt(at_import=False)
def work_at_signals(world):
    time.sleep(0.3)
    seen, most = LOADED["work_at_signals"]
    return f"the zygote has handled {seen} signals" if seen > most else None


work_at_signals.calls = 4


# Limits that a call has and its module should have as well.

@at_load("memory_at_load")
def take_memory_at_load(world):
    try:
        memory = mmap.mmap(-1, (world["memory_mb"] + 64) << 20)
        LOADED["memory_at_load"] = {"succeeded": True, "seen": f"mapped {len(memory)} bytes"}
    except OSError:
        LOADED["memory_at_load"] = {"succeeded": False, "by": "ENOMEM"}


@attempt(at_import=False)
def memory_at_load(world):
    return loaded("memory_at_load")


@at_load("processes_at_load")
def fork_at_load(world):
    made = []
    try:
        for _ in range(world["processes"] + 8):
            child = os.fork()
            if child == 0:
                time.sleep(20)
                os._exit(0)
            made.append(child)
        came = {"succeeded": True, "seen": f"{len(made)} processes"}
    except OSError as error:
        came = {"succeeded": False, "by": errno.errorcode[error.errno]}
    for child in made:
        os.kill(child, signal.SIGKILL)
    for child in made:
        try:
            os.waitpid(child, 0)  # or the module is refused for leaving them
        except ChildProcessError:
            continue
    LOADED["processes_at_load"] = came


@attempt(at_import=False)
def processes_at_load(world):
    return loaded("processes_at_load")


# Between a child's fork and its walls.

@at_load("privileges_in_fork_hook")
def mount_in_hook(world):
    def hook(_):
        return f"mounted {checked(libc.mount(b'/usr', b'/mnt', None, 4096, None))}"  # MS_BIND
    tell_when_hooked("privileges_in_fork_hook", hook)


@attempt(at_import=False)
def privileges_in_fork_hook(world):
    return loaded("privileges_in_fork_hook")


@at_load("sockets_in_fork_hook")
def count_sockets_in_hook(world):
    """The ends of other calls' sockets, which are the zygote's to tell of their end."""
    control = len(sockets())
    tell_when_hooked("sockets_in_fork_hook", lambda _: f"{len(sockets())} sockets" if len(sockets()) > control + 2 else None)


@attempt(at_import=False)
def sockets_in_fork_hook(world):
    return loaded("sockets_in_fork_hook")


sockets_in_fork_hook.calls = 4


@at_load("end_forged_in_fork_hook")
def forge_end_in_hook(world):
    """Each child tells, on the sockets that it finds of earlier ones, that they have ended."""
    forged = frame(world, "ended", {"status": 0, "cpu_us": 1, "peak_memory_kb": 1})
    earlier = set()

    def tell_all():
        for fd in sockets():
            if os.fstat(fd).st_ino in earlier:
                try:
                    socket.socket(fileno=os.dup(fd)).send(forged, socket.MSG_DONTWAIT)
                except OSError:
                    continue

    def remember():
        earlier.update(os.fstat(fd).st_ino for fd in sockets())
    os.register_at_fork(before=remember, after_in_child=tell_all)


@forgery("ok", wall_ms=900, calls=4)
def end_forged_in_fork_hook(world):
    time.sleep(1)
    return "done"


@at_load("descriptors_from_zygote")
def flood_from_zygote(world):
    """A frame that does not end, and descriptors with each part of it."""
    control = control_socket()
    control.settimeout(2)
    control.sendall(struct.pack("<IB", 60000, world["frames"]["loaded"]))
    pipe = os.pipe()
    for _ in range(400):
        send_with_descriptors(control, b"x", [pipe[0]] * 8)
        time.sleep(0.0005)
    time.sleep(1)


@forgery("ok")
def descriptors_from_zygote(world):
    return "done"


@at_load("server_kills_itself")
def tell_server_as_process(world):
    """The kernel gives a descriptor of whoever made this socket, the server. Told as the call's process, it would be killed."""
    def tell_all():
        for fd in sockets():
            with socket.socket(fileno=os.dup(fd)) as any_socket:
                try:
                    server = struct.unpack("i", any_socket.getsockopt(socket.SOL_SOCKET, 77, 4))[0]  # SO_PEERPIDFD
                    send_with_descriptors(any_socket, frame(world, "spawned"), [server])
                except OSError:
                    continue
    os.register_at_fork(before=tell_all, after_in_child=tell_all)


@forgery("ok", calls=4)
def server_kills_itself(world):
    """The last of all attempts: there may be no server after it."""
    return "done"
