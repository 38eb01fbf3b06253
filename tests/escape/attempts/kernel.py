# The kernel's doors that no function needs, each used as it is meant to be. One that opens has succeeded.
from attempts.common import *


@attempt(control="root")
def bpf_map(world):
    attributes = struct.pack("IIII", 2, 4, 4, 1) + bytes(112)
    return f"descriptor {syscall('bpf', 0, attributes, len(attributes))}"


@attempt(control="root")
def bpf_program(world):
    instructions = ctypes.create_string_buffer(struct.pack("<Q", 0xb7) + struct.pack("<Q", 0x95))  # r0 = 0; exit
    licence = ctypes.create_string_buffer(b"GPL")
    attributes = struct.pack("IIQQ", 1, 2, ctypes.addressof(instructions), ctypes.addressof(licence)) + bytes(96)
    return f"descriptor {syscall('bpf', 5, attributes, len(attributes))}"


@attempt(control="machine")
def io_uring(world):
    return f"descriptor {syscall('io_uring_setup', 1, ctypes.create_string_buffer(120))}"


@attempt(control="machine")
def userfaultfd(world):
    return f"descriptor {syscall('userfaultfd', 1)}"  # UFFD_USER_MODE_ONLY


@attempt(control="machine")
def perf_event(world):
    attributes = bytearray(128)
    struct.pack_into("IIQ", attributes, 0, 1, 128, 0)  # a software event: the CPU clock
    struct.pack_into("Q", attributes, 40, 1 << 5 | 1 << 6)  # not of the kernel, not of a hypervisor
    return f"descriptor {syscall('perf_event_open', bytes(attributes), 0, -1, -1, 0)}"


@attempt(control="machine")
def add_key(world):
    return f"key {syscall('add_key', b'user', b'name', b'value', 5, -2)}"  # to the process's own keyring


@attempt(control="machine")
def keyrings(world):
    return first_that_works([-5, -4, -3, -1], lambda ring: f"keyring {syscall('keyctl', 0, ring, 1)}")


@attempt(control="machine")
def join_session_keyring(world):
    return f"keyring {syscall('keyctl', 1, None)}"


@attempt(control="machine")
def request_key(world):
    """Asks the kernel to find a key, for which it may start a helper as root."""
    try:
        return f"key {syscall('request_key', b'user', b'kappa-none', b'', 0)}"
    except OSError as error:
        if error.errno in (errno.ENOKEY, errno.ENOENT):  # no such key; no such helper
            return "looked for a key"
        raise


@attempt()
def kexec(world):
    return f"loaded {syscall('kexec_load', 0, 0, None, 0)}"


@attempt(refused="EBADF")
def kexec_by_file(world):
    return f"loaded {syscall('kexec_file_load', -1, -1, 0, None, 4)}"


@attempt(control="machine")
def local_descriptor_table(world):
    return f"written {syscall('modify_ldt', 1, struct.pack('IIII', 0, 0, 0, 0x28), 16)}"


@attempt(control="machine")
def personality(world):
    """Without random addresses."""
    syscall("personality", 0x0040000)
    return "set" if syscall("personality", 0xffffffff) & 0x0040000 else None


@attempt(control="root")
def terminal_input(world):
    """Types into a terminal: here into what is none, of which the kernel says so when it is asked at all."""
    fd = os.openpty()[0] if world["without_walls"] else os.open("/dev/null", os.O_RDWR)
    def one(request):
        try:
            return f"typed {syscall('ioctl', fd, request, b'x')}"
        except OSError as error:
            if error.errno == errno.ENOTTY:
                return "the kernel was asked"
            raise
    return first_that_works(as_int(0x5412), one)  # TIOCSTI


@attempt(control="machine")
def larger_pipes(world):
    """Memory of the kernel's that no limit counts."""
    return first_that_works(as_int(1031), lambda command: f"{syscall('fcntl', os.pipe()[1], command, 1 << 17)} bytes")


@attempt()
def swap_on(world):
    path = scratch(world, "swap")
    with open(path, "wb") as file:
        file.write(bytes(40960))
    return f"on {syscall('swapon', path.encode(), 0)}"


@attempt()
def swap_off(world):
    return f"off {syscall('swapoff', b'/none')}"


@attempt(refused="ENOEXEC")
def load_module(world):
    return f"loaded {syscall('init_module', bytes(64), 64, b'')}"


@attempt(refused="ENOEXEC")
def load_module_by_file(world):
    fd = os.memfd_create("module")
    return f"loaded {syscall('finit_module', fd, b'', 0)}"


@attempt()
def unload_module(world):
    return f"unloaded {syscall('delete_module', b'kappa_none', 0)}"


@attempt()
def io_privilege(world):
    return f"given {syscall('iopl', 3)}"


@attempt()
def io_ports(world):
    return f"given {syscall('ioperm', 0x80, 1, 1)}"


@attempt()
def accounting(world):
    path = scratch(world, "accounts")
    open(path, "w").close()
    syscall("acct", path.encode())
    syscall("acct", None)
    return "switched on and off"


@attempt()
def quotas(world):
    return f"synced {syscall('quotactl', 0x80000100, None, 0, None)}"


@attempt(control="machine", refused="EINVAL")
def watch_file_systems(world):
    return f"descriptor {syscall('fanotify_init', 0x200, os.O_RDONLY)}"


def handle_of(path):
    handle = ctypes.create_string_buffer(struct.pack("Ii", 128, 0) + bytes(128))
    mount_id = ctypes.c_int()
    syscall("name_to_handle_at", -100, path.encode(), handle, ctypes.byref(mount_id), 0)
    return handle


@attempt(control="machine", refused="EOVERFLOW")
def file_handles(world):
    handle_of("/usr")
    return "told"


@attempt(control="root", refused="ESTALE EBADF EOVERFLOW")
def open_by_handle(world):
    """The shocker: any file of a file system by its number, whatever hides its name. 2 is the root of an ext4."""
    root = ctypes.create_string_buffer(struct.pack("IiII", 8, 1, 2, 0) + bytes(120))
    start = os.open("/", os.O_RDONLY)
    for handle in (root, handle_of("/usr")):
        try:
            return os.listdir(syscall("open_by_handle_at", start, handle, os.O_RDONLY))
        except OSError as error:
            refusal = error
    raise refusal


@attempt(control="root")
def kernel_log(world):
    text = ctypes.create_string_buffer(8192)
    return f"{syscall('syslog', 3, text, 8192)} bytes: {text.value[:40]}"


@attempt(refused="EINVAL")
def reboot(world):
    """Only whether Ctrl-Alt-Del reboots."""
    return f"set {syscall('reboot', 0xfee1dead, 672274793, 0, None)}"


@attempt()
def set_clock(world):
    now = struct.pack("qq", *divmod(time.time_ns(), 10**9))
    return f"set {syscall('clock_settime', 0, now)}"


@attempt(refused="EINVAL")
def adjust_clock(world):
    tick = bytearray(208)
    struct.pack_into("I", tick, 0, 0x4000)  # ADJ_TICK
    struct.pack_into("q", tick, 88, 10000)  # as it is
    return f"set {syscall('clock_adjtime', 0, bytes(tick))}"


@attempt()
def hang_up_terminal(world):
    return f"hung up {syscall('vhangup')}"


@attempt(control="machine", dies="SIGSEGV")
def i386_system_calls(world):
    """int 0x80 has numbers of its own, past a filter that knows those of x86-64 only. Here: unshare(0), which does nothing."""
    code = bytes.fromhex("53b83601000031dbcd805bc3")  # push rbx; eax = 310; ebx = 0; int 0x80; pop rbx; ret
    memory = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    memory.write(code)
    answer = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(memory)))()
    if answer < 0:
        raise OSError(-answer, os.strerror(-answer))
    return "answered"


@attempt()
def x32_system_calls(world):
    return f"answered {syscall(0x40000000 | 39)}"


@attempt(control="machine")
def secret_memory(world):
    return f"descriptor {syscall('memfd_secret', 0)}"


@attempt(control="machine")
def move_pages_of_all(world):
    """NUMA: moves memory of processes by id."""
    nodes = ctypes.create_string_buffer(8)
    nodes[0] = 1
    return f"moved {syscall('migrate_pages', 0, 64, nodes, nodes)}"


@attempt(control="machine")
def real_time_scheduling(world):
    """Ahead of everybody. In the control: just a batch."""
    policy = os.SCHED_BATCH if world["without_walls"] else os.SCHED_FIFO
    os.sched_setscheduler(0, policy, os.sched_param(0 if world["without_walls"] else 1))
    return "given"


@attempt(control="root")
def higher_priority(world):
    os.setpriority(os.PRIO_PROCESS, 0, -10)
    return "given"


@attempt(control="root", at_import=False)
def higher_limits(world):
    import resource
    soft, hard = resource.getrlimit(resource.RLIMIT_NPROC)
    try:
        resource.setrlimit(resource.RLIMIT_NPROC, (soft, hard) if world["without_walls"] else (-1, -1))
    except ValueError as error:  # Python's word for EPERM
        raise Prevented("EPERM") from error
    return "given"


@attempt(control="root", refused="ENOMEM")
def lock_much_memory(world):
    """More than any user may keep from being swapped: 16 MiB here."""
    memory = mmap.mmap(-1, 16 << 20)
    address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    return f"locked {checked(libc.mlock(ctypes.c_void_p(address), 16 << 20))}"
