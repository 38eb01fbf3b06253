# What a module does to the program of its zygote, in memory: its machine code, and the addresses that it calls.
from attempts.common import *


def redirect(symbol, code):
    """Has a C function of this process begin with a jump to `code`."""
    place = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    place.write(bytes.fromhex(code))
    redirect.kept = place
    target = ctypes.addressof(ctypes.c_char.from_buffer(place))
    at = ctypes.cast(getattr(libc, symbol), ctypes.c_void_p).value
    checked(libc.mprotect(ctypes.c_void_p(at & ~4095), 8192, 7))
    ctypes.memmove(at, b"\x48\xb8" + struct.pack("<Q", target) + b"\xff\xe0", 12)  # mov rax, target; jmp rax


RETURN_ZERO = "31c0c3"
# wait4 as it is, with no time and no memory used
WAIT4_WITHOUT_USE = ("4989ca" "b83d000000" "0f05" "4885c0" "7e1a" "4d85d2" "7415" "31d2" "498912" "49895208" "49895210" "49895218"
                     "49895220" "c3")
# syscall() as it is, but for capset and close_range, which do nothing
SYSCALL_BUT_TWO = ("81ff7e000000" "7422" "81ffb4010000" "741a" "4889f8" "4889f7" "4889d6" "4889ca" "4d89c2" "4d89c8" "4c8b4c2408"
                   "0f05" "c3" "31c0c3")


@at_load("use_patched_away")
def patch_wait4(world):
    redirect("wait4", WAIT4_WITHOUT_USE)


@forgery("exited", cpu_ms=300, wall_ms=300)
def use_patched_away(world):
    burn(350)
    os._exit(3)


# A module whose machine code is not as it was is loaded in each call. The addresses of functions that the program calls are
# data.

def divert(symbol, call):
    """Has the program call `call` where it calls that function of C."""
    address = ctypes.cast(getattr(libc, symbol), ctypes.c_void_p).value
    divert.kept = call
    program = None
    for line in open("/proc/self/maps", encoding="utf-8"):
        words = line.split()
        program = program or words[-1]  # the first
        if words[-1] != program or words[1] != "r--p":
            continue
        begin, end = (int(one, 16) for one in words[0].split("-"))
        at = ctypes.string_at(begin, end - begin).find(struct.pack("<Q", address))
        if at >= 0:
            checked(libc.mprotect(ctypes.c_void_p(begin + at & ~4095), 4096, 3))
            ctypes.c_void_p.from_address(begin + at).value = ctypes.cast(call, ctypes.c_void_p).value
            return address
    raise AssertionError(f"the program does not call {symbol}()")


@at_load("use_diverted_away")
def divert_wait4(world):
    kind = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)

    @kind
    def without_use(pid, status, options, use):
        ended = wait4(pid, status, options, use)
        if ended > 0:
            ctypes.memset(use, 0, 144)
        return ended
    wait4 = kind(divert("wait4", without_use))


@forgery("exited", cpu_ms=300, wall_ms=300, calls=4)
def use_diverted_away(world):
    burn(350)
    os._exit(3)


@at_load("end_forged_on_kept_sockets")
def divert_syscall(world):
    kind = ctypes.CFUNCTYPE(ctypes.c_long, ctypes.c_long, *[ctypes.c_void_p] * 6)

    @kind
    def without_closing(number, *arguments):
        return 0 if number == 436 else system_call(number, *arguments)  # close_range
    system_call = kind(divert("syscall", without_closing))


@forgery("ok crashed", cpu_ms=300, wall_ms=300, calls=4)
def end_forged_on_kept_sockets(world):
    """On all that the zygote has, but the call's own."""
    burn(350)
    own = os.fstat(3).st_ino
    kept = [fd for fd in sockets() if os.fstat(fd).st_ino != own]
    if not kept:
        raise Prevented("they are closed")
    for kind in ("ended", "spawned", "loaded", "refused"):
        forged = frame(world, kind, {"status": 0, "cpu_us": 1, "peak_memory_kb": 1})
        for fd in kept:
            try:
                socket.socket(fileno=os.dup(fd)).send(forged, socket.MSG_DONTWAIT)
            except OSError:
                continue
    return "done"


@at_load("limits_patched_away")
def patch_setrlimit(world):
    redirect("setrlimit", RETURN_ZERO)


@attempt(at_import=False, refused="ENOMEM")
def limits_patched_away(world):
    return f"mapped {len(mmap.mmap(-1, (world['memory_mb'] + 64) << 20))} bytes"


@at_load("capabilities_patched_back")
@at_load("descriptors_patched_to_stay")
def patch_capset_and_close_range(world):
    redirect("syscall", SYSCALL_BUT_TWO)


@attempt(at_import=False)
def capabilities_patched_back(world):
    return f"mounted {checked(libc.mount(b'none', b'/tmp', b'tmpfs', 0, None))}"


@attempt(at_import=False)
def descriptors_patched_to_stay(world):
    """The zygote's sockets to the server, in a call."""
    return f"sockets {sockets()}" if len(sockets()) > 1 else None


@at_load("hidden_folder_patched_open")
def patch_mount(world):
    redirect("mount", RETURN_ZERO)


@attempt(at_import=False)
def hidden_folder_patched_open(world):
    """Without the call's own mounts."""
    return first_that_works([world["tmp_file"], world["data"] + "/data.db"], beginning)


def poll_that_counts():
    """Machine code in place of poll(): counts in memory that calls inherit, and makes the system call. Its address, and the count's."""
    place = mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, prot=7)
    poll_that_counts.kept = place
    begin = ctypes.addressof(ctypes.c_char.from_buffer(place))
    # mov rax, count; lock inc qword [rax]; mov eax, 7; syscall; ret
    place.write(b"\x48\xb8" + struct.pack("<Q", begin + 2048) + b"\xf0\x48\xff\x00" + b"\xb8\x07\x00\x00\x00\x0f\x05\xc3")
    return begin, begin + 2048


@at_load("code_mapped_over")
def map_code_over(world):
    """The pages of the C library around poll() are replaced by a changed copy that is memory of no file."""
    code, LOADED["code_mapped_over"] = poll_that_counts()
    at = ctypes.cast(libc.poll, ctypes.c_void_p).value
    page = at & ~4095
    copy = mmap.mmap(-1, 8192, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, prot=7)
    map_code_over.kept = copy
    copy.write(ctypes.string_at(page, 8192))
    copy[at - page:at - page + 13] = b"\x49\xbb" + struct.pack("<Q", code) + b"\x41\xff\xe3"  # mov r11, code; jmp r11
    libc.mremap.restype = ctypes.c_void_p
    begin = ctypes.c_void_p(ctypes.addressof(ctypes.c_char.from_buffer(copy)))
    checked(libc.mremap(begin, ctypes.c_size_t(8192), ctypes.c_size_t(8192), 3, ctypes.c_void_p(page)))


@attempt(at_import=False)
def code_mapped_over(world):
    count = ctypes.c_uint64.from_address(LOADED["code_mapped_over"]).value
    return f"the zygote has polled {count} times" if count > 1 else None


code_mapped_over.calls = 4
