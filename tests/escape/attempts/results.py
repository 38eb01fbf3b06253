# Having the server say what is untrue of a call: its verdict, what it used, how often it ran, what another one did.
# A call may say of its own output what it likes. Each forgery names what is true of it; the driver judges.
from attempts.common import *

FORGED = {"forged": True}
CLAIMED = {"verdict": "ok", "status": "executed", "wall_ms": 0, "cpu_ms": 0, "peak_memory_kb": 0, "wall_us": 1, "cpu_us": 1}


def send(world, name, payload=b""):
    server_socket().sendall(frame(world, name, payload))


def claim(world, verdict, **more):
    send(world, "failed", {"verdict": verdict, "detail": "forged", "traceback": "", **more})
    time.sleep(0.2)  # the server has it before this call's own answer


@forgery("ok")
def result_and_then_more_work(world):
    """What is answered is answered: the work after it is not the call's any more."""
    send(world, "result", FORGED)
    time.sleep(10)


@forgery("ok", cpu_ms=300, wall_ms=300)
def result_with_claims(world):
    burn(350)
    send(world, "result", {"forged": True, **CLAIMED})


def claiming(verdict):
    def claims(world):
        claim(world, verdict)
    return claims


for claimed in ("ok", "timeout", "cancelled", "runner_lost", "crashed", "exited", "no_such_verdict"):
    new = claiming(claimed)
    new.__name__ = f"claims_{claimed}"
    forgery("bad_result error")(new)


@forgery("bad_result error", cpu_ms=300, wall_ms=300)
def failure_with_claims(world):
    burn(350)
    claim(world, "error", cpu_us=1, wall_us=1, peak_memory_kb=1)


@forgery("crashed", cpu_ms=300, wall_ms=300)
def end_told_by_the_call(world):
    """`ended` is the zygote's word."""
    burn(350)
    send(world, "ended", {"status": 0, "cpu_us": 1, "peak_memory_kb": 1})
    ctypes.string_at(0)


@forgery("ok", cpu_ms=300, wall_ms=300)
def another_process_told_as_the_calls(world):
    idle = os.fork()
    if idle == 0:
        time.sleep(20)
        os._exit(0)
    send_with_descriptors(server_socket(), frame(world, "spawned"), [syscall("pidfd_open", idle, 0)])
    burn(350)
    return "done"


@forgery("ok", output={"first": 1})
def two_results(world):
    server_socket().sendall(frame(world, "result", {"first": 1}) + frame(world, "result", {"second": 2}))
    time.sleep(0.2)
    return "third"


@forgery("exited")
def result_cut_short(world):
    server_socket().sendall(frame(world, "result", FORGED)[:-3])
    os._exit(7)


@forgery("timeout", wall_ms=4900)
def result_never_finished(world):
    server_socket().sendall(frame(world, "result", FORGED)[:-3])
    time.sleep(60)


@forgery("exited bad_result crashed")
def result_of_untrue_length(world):
    server_socket().sendall(struct.pack("<IB", 0xffffffff, world["frames"]["result"]) + b"[]")
    os._exit(5)


@forgery("bad_result exited")
def huge_result(world):
    server = server_socket()
    server.settimeout(1)
    try:
        server.sendall(struct.pack("<IB", 64 << 20, world["frames"]["result"]))
        for _ in range(64):
            server.sendall(b" " * (1 << 20))
    except OSError:  # nobody listens any more, or reads
        pass
    os._exit(4)


@forgery("bad_result exited")
def huge_output_in_many_results(world):
    """Each just below a limit."""
    blob = struct.pack("<IB", 6 << 20, world["frames"]["ready"]) + b" " * (6 << 20)
    try:
        for _ in range(20):
            server_socket().sendall(blob)
    except OSError:
        pass
    os._exit(4)


@forgery("exited")
def every_other_kind_of_frame(world):
    answers = (world["frames"]["result"], world["frames"]["failed"])
    for kind in range(256):
        if kind not in answers:
            server_socket().sendall(struct.pack("<IB", 2, kind) + b"{}")
    os._exit(9)


@forgery("timeout exited bad_result", calls=2)
def frames_without_end(world):
    """A server that listens as long as there is something to hear never looks at its clock."""
    server, some = server_socket(), frame(world, "ready") * 800  # so few that each send() is whole, whoever else sends
    try:
        os.fork()
        os.fork()  # four are faster than one
    except OSError:
        pass
    end = time.monotonic() + 12
    while time.monotonic() < end:
        server.send(some)


@forgery("timeout")
def output_without_end(world):
    end = time.monotonic() + 12
    while time.monotonic() < end:
        os.write(1, b"x" * 65536)


def flood_with_descriptors(server, data, rounds):
    """Each message carries eight descriptors, which are the receiver's then."""
    pipe = os.pipe()
    for _ in range(rounds):
        send_with_descriptors(server, data, [pipe[0]] * 8)
        time.sleep(0.0005)  # descriptors under way are counted as the sender's


@forgery("ok")
def descriptors_with_frames(world):
    flood_with_descriptors(server_socket(), frame(world, "ready"), 100)


@forgery("exited ok bad_result crashed")
def descriptors_with_parts_of_a_frame(world):
    """The frame never ends, and what came with it waits for it. With all of a server's descriptors, nobody else is served."""
    server = server_socket()
    server.sendall(struct.pack("<IB", 100000, world["frames"]["result"]))
    flood_with_descriptors(server, b"x", 400)
    time.sleep(0.3)
    os._exit(1)


@forgery("ok")
def log_of_another_execution(world):
    """What is printed is text, whatever it looks like."""
    line = json.dumps({"exec_id": world["victim_exec"], "stdout": world["marker"], "stderr": "", "status": "deleted"})
    print(line + "\0\n" + line + "\x1e" + line)
    for fd in (1, 2):
        os.write(fd, line.encode() + b"\n")
    return "printed"


@forgery("exited")
def end_that_looks_like_success(world):
    os._exit(0)


def ending_by(number):
    def ends(world):
        os.kill(os.getpid(), number)
        time.sleep(0.2)
    return ends


# No memory ran out, and no time.
for name, number in (("memory_ran_out_by_signal", signal.SIGKILL), ("time_ran_out_by_signal", signal.SIGXCPU)):
    new = ending_by(number)
    new.__name__ = name
    forgery("ok exited crashed error")(new)


def take_memory(mib):
    memory = mmap.mmap(-1, mib << 20)
    for at in range(0, mib << 20, 4096):
        memory[at] = 1
    return memory


def in_a_child(use):
    def uses(world):
        child = os.fork()
        if child == 0:
            use()
            os._exit(0)
        os.waitpid(child, 0)
        return "done"
    return uses


for name, use, least in (("work_in_a_child", lambda: burn(350), {"cpu_ms": 300, "wall_ms": 250}),
                         ("memory_in_a_child", lambda: take_memory(100), {"peak_kb": 80 << 10})):
    new = in_a_child(use)
    new.__name__ = name
    forgery("ok", **least)(new)


@forgery("ok", cpu_ms=300, wall_ms=250)
def work_in_a_child_not_waited_for(world):
    reading, writing = os.pipe()
    if os.fork() == 0:
        burn(350)
        os.write(writing, b"x")
        time.sleep(20)
        os._exit(0)
    os.read(reading, 1)
    return "done"


@forgery("ok", cpu_ms=300, wall_ms=250)
def work_in_a_thread_that_ends(world):
    worker = threading.Thread(target=burn, args=(350,))
    worker.start()
    worker.join()
    return "done"


@forgery("ok", peak_kb=80 << 10)
def memory_given_back(world):
    take_memory(100).close()
    return "done"


@forgery("ok", peak_kb=80 << 10)
def memory_before_another_program(world):
    """A program that is run has a memory of its own, and the peak begins anew."""
    server = server_socket()
    os.dup2(server.fileno(), 3)
    take_memory(100)
    answer = "".join(f"\\{byte:03o}" for byte in frame(world, "result", FORGED))
    os.execv("/bin/sh", ["sh", "-c", f"printf '{answer}' >&3; sleep 1"])


@attempt(at_import=False)
def other_descriptors(world):
    """Guesses: whatever is open beside the call's own takes a frame."""
    extra = [fd for fd in range(3, 256) if exists(fd) and [fd] != sockets()[:1]]
    return f"descriptors {extra} are open" if extra else None


def exists(fd):
    try:
        os.fstat(fd)
        return True
    except OSError:
        return False


@attempt(at_import=False)
def descriptors_of_parent_by_proc(world):
    """A socket cannot be opened by its name in /proc, but pipes can: a frame into each."""
    def one(path):
        with open(path, "wb", buffering=0) as file:
            return f"{file.write(frame(world, 'result', FORGED))} bytes written"
    return first_that_works([f"/proc/{pid}/fd/{fd}" for pid in [os.getppid(), *world["pids"]] for fd in range(3, 40)], one)


@forgery("timeout", wall_ms=4900)
def frozen(world):
    """A stopped process is not a done one."""
    os.kill(os.getpid(), signal.SIGSTOP)
    while True:
        time.sleep(1)
