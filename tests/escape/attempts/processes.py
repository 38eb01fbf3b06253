# Seeing, reading, stopping and changing processes that are not the function's own.
from attempts.common import *

OWN_INIT_AND_ZYGOTE = (1, 2)  # as the function's own namespaces number them


def others(world):
    """Ids of processes of the server, its template, and the other functions; never those of this function."""
    return [pid for pid in world["pids"] if pid not in OWN_INIT_AND_ZYGOTE and pid != os.getpid()]


def visible(world):
    return [int(name) for name in os.listdir("/proc") if name.isdigit() and int(name) in others(world)]


@attempt(control="server")
def see_processes(world):
    return visible(world) or None


@attempt(control="server")
def command_lines(world):
    return first_that_works([f"/proc/{pid}/cmdline" for pid in others(world)], beginning)


@attempt(control="server")
def environments(world):
    return first_that_works([f"/proc/{pid}/environ" for pid in [*others(world), "self"]],
                            lambda path: canaries_in(read(path)) or None)


@attempt(control="server")
def maps(world):
    return first_that_works([f"/proc/{pid}/maps" for pid in others(world)], beginning)


def search_memory(pid):
    """Canaries in what the process may write: its heaps and stacks."""
    found = set()
    with open(f"/proc/{pid}/maps") as lines, open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for line in lines:
            begin, end = (int(part, 16) for part in line.split()[0].split("-"))
            if " rw" in line and end - begin < 64 << 20 and "[v" not in line:
                try:
                    memory.seek(begin)
                    found.update(canaries_in(memory.read(end - begin)))
                except OSError:
                    continue
    return sorted(found) or "readable"


@attempt(control="server")
def memory_of_others(world):
    return first_that_works(others(world), search_memory)


@attempt(control="server")
def write_memory_of_others(world):
    return first_that_works(others(world), lambda pid: str(os.close(os.open(f"/proc/{pid}/mem", os.O_RDWR))))


@attempt(at_import=False)
def own_memory(world):
    """What the processes that this one was forked from left in it: nothing of anybody else's."""
    found = set()
    with open("/proc/self/maps") as lines:
        for line in lines:
            begin, end = (int(part, 16) for part in line.split()[0].split("-"))
            if " rw" in line and end - begin < 64 << 20 and "[v" not in line:
                found.update(canaries_in(ctypes.string_at(begin, end - begin)))
    return sorted(found) or None


@attempt(control="server")
def descriptors_of_others(world):
    def one(pid):
        return [os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")][:8] or None
    return first_that_works(others(world), one)


@attempt(control="server")
def open_descriptors_of_others(world):
    """A file that another has open, opened anew through /proc."""
    def one(pid):
        return first_that_works([f"/proc/{pid}/fd/{fd}" for fd in os.listdir(f"/proc/{pid}/fd")], one_file)

    def one_file(path):
        if not stat.S_ISREG(os.stat(path).st_mode):
            return None
        os.close(os.open(path, os.O_RDONLY))
        return os.readlink(path)
    return first_that_works(others(world), one)


@attempt(control="server")
def folders_of_others(world):
    return first_that_works([f"/proc/{pid}/{link}" for pid in others(world) for link in ("cwd", "root", "exe")], os.readlink)


@attempt(control="server")
def process_vm_readv(world):
    def one(pid):
        here = ctypes.create_string_buffer(64)
        vector = struct.pack("QQ", ctypes.addressof(here), 16)
        try:
            return f"{syscall('process_vm_readv', pid, vector, 1, vector, 1, 0)} bytes"
        except OSError as error:
            if error.errno == errno.EFAULT:
                return "would be readable at the right address"
            raise
    return first_that_works(others(world), one)


@attempt(control="server")
def ptrace_attach(world):
    def one(pid):
        syscall("ptrace", 16, pid, 0, 0)  # PTRACE_ATTACH
        os.waitpid(pid, 0x40000000)  # __WALL
        syscall("ptrace", 17, pid, 0, 0)  # PTRACE_DETACH
        return "attached"
    return first_that_works(others(world), one)


@attempt(control="server")
def ptrace_seize(world):
    return first_that_works(others(world)[:1], lambda pid: f"seized {syscall('ptrace', 0x4206, pid, 0, 0)}")


def pidfd(pid):
    return syscall("pidfd_open", pid, 0)


@attempt(control="server", refused="EINVAL")
def pidfd_open(world):
    return first_that_works(others(world), lambda pid: f"descriptor {pidfd(pid)}")


@attempt(control="server", refused="EINVAL EBADF")
def take_descriptors_of_others(world):
    def one(pid):
        process = pidfd(pid)
        return first_that_works(range(3, 12), lambda fd: os.readlink(f"/proc/self/fd/{syscall('pidfd_getfd', process, fd, 0)}"))
    return first_that_works(others(world), one)


def peer_pidfd():
    """Of whoever made this process's socket: the server."""
    server, fd, size = server_socket(), ctypes.c_int(-1), ctypes.c_uint(4)
    for option in as_int(77):  # SO_PEERPIDFD
        try:
            syscall("getsockopt", server.fileno(), socket.SOL_SOCKET, option, ctypes.byref(fd), ctypes.byref(size))
            return fd.value
        except OSError as error:
            refusal = error
    raise refusal


@attempt(refused="ENOPROTOOPT", at_import=False)
def pidfd_by_socket(world):
    return f"descriptor {peer_pidfd()}"


@attempt(refused="EINVAL ENOPROTOOPT", at_import=False)
def signal_server_by_its_socket(world):
    syscall("pidfd_send_signal", peer_pidfd(), 0, None, 0)
    return "could be signalled"


@attempt(refused="EINVAL ENOPROTOOPT EBADF", at_import=False)
def take_descriptors_by_socket(world):
    server = peer_pidfd()
    return first_that_works(range(0, 12), lambda fd: f"descriptor {syscall('pidfd_getfd', server, fd, 0)}")


@attempt(control="server")
def signal_by_id(world):
    return first_that_works(others(world), lambda pid: "could be signalled" if os.kill(pid, 0) is None else None)


@attempt(control="server", at_import=False)
def signal_everybody(world):
    os.kill(-1, 0)
    return "somebody could be signalled"


@attempt(at_import=False)
def signal_parent(world):
    if os.getppid() == 0:
        raise Prevented("the parent is outside of the process namespace")
    os.kill(os.getppid(), 0)
    return f"the parent, {os.getppid()}, could be signalled"


@attempt(at_import=False)
def signal_first_processes(world):
    """What has the lowest ids, which in the function's namespaces are its init and its zygote."""
    return first_that_works([pid for pid in range(1, 64) if pid != os.getpid()],
                            lambda pid: "could be signalled" if os.kill(pid, 0) is None else None)


@attempt(at_import=False)
def signal_parents_group(world):
    """The zygote's group, by the ids that a group may have."""
    return first_that_works([pid for pid in [*range(2, 64), *world["pids"]] if pid != os.getpgrp()],
                            lambda pid: "could be signalled" if os.killpg(pid, 0) is None else None)


@attempt(control="server")
def signal_threads(world):
    return first_that_works(others(world), lambda pid: f"could be signalled {syscall('tgkill', pid, pid, 0)}")


@attempt(control="server", refused="EINVAL")
def signal_by_pidfd(world):
    return first_that_works(others(world), lambda pid: f"could be signalled {syscall('pidfd_send_signal', pidfd(pid), 0, None, 0)}")


@attempt(control="server")
def queue_signal(world):
    """With siginfo of one's own making."""
    info = struct.pack("iii", 0, 0, -1) + bytes(116)
    return first_that_works(others(world), lambda pid: f"could be signalled {syscall('rt_sigqueueinfo', pid, 0, info)}")


@attempt(control="server")
def signal_by_file_owner(world):
    """The kernel signals whoever a descriptor names as its owner."""
    import fcntl
    reading, _ = os.pipe()

    def one(pid):
        fcntl.fcntl(reading, fcntl.F_SETOWN, pid)
        return "named as owner" if fcntl.fcntl(reading, fcntl.F_GETOWN) == pid else None
    return first_that_works(others(world), one)


@attempt(control="server")
def priority_of_others(world):
    def one(pid):
        os.setpriority(os.PRIO_PROCESS, pid, os.getpriority(os.PRIO_PROCESS, pid))
        return "set"
    return first_that_works(others(world), one)


@attempt(control="server")
def limits_of_others(world):
    def one(pid):
        both = ctypes.create_string_buffer(16)
        syscall("prlimit64", pid, 7, None, both)  # RLIMIT_NOFILE, read; then the same set
        return f"set {syscall('prlimit64', pid, 7, both, None)}"
    return first_that_works(others(world), one)


@attempt(control="server")
def processors_of_others(world):
    def one(pid):
        os.sched_setaffinity(pid, os.sched_getaffinity(pid))
        return "set"
    return first_that_works(others(world), one)


@attempt(control="server")
def scheduling_of_others(world):
    def one(pid):
        os.sched_setscheduler(pid, os.SCHED_OTHER, os.sched_param(0))
        return "set"
    return first_that_works(others(world), one)


@attempt(control="server")
def disk_priority_of_others(world):
    return first_that_works(others(world), lambda pid: f"set {syscall('ioprio_set', 1, pid, 2 << 13 | 4)}")


@attempt(control="server")
def compare_with_others(world):
    """kcmp tells what two processes share."""
    return first_that_works(others(world), lambda pid: f"compared {syscall('kcmp', pid, os.getpid(), 1, 0, 0)}")


@attempt(control="server")
def memory_killer_of_others(world):
    return first_that_works([f"/proc/{pid}/oom_score_adj" for pid in others(world)],
                            lambda path: str(os.close(os.open(path, os.O_WRONLY))))


@attempt(control="server")
def session_and_group_of_others(world):
    return first_that_works(others(world), lambda pid: f"session {os.getsid(pid)}")
