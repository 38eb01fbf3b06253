# Calls that change their process in every way that is to be undone before the next one, or that must end the process.
import ctypes
import gc
import json
import os
import signal
import sys
import time

TABLE = {f"k{number}": [number, str(number)] for number in range(5000)}
KEPT = []
PAGES = 64
PRIVATE, ANONYMOUS, FIXED, READ_WRITE = 0x02, 0x20, 0x10, 3
LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.mmap.restype = LIBC.sbrk.restype = ctypes.c_void_p
LIBC.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
LIBC.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
LIBC.mprotect.argtypes = LIBC.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
LIBC.sbrk.argtypes = [ctypes.c_long]
PLACE = LIBC.mmap(None, PAGES * 4096, READ_WRITE, PRIVATE | ANONYMOUS, -1, 0)
for page in range(PAGES):
    ctypes.c_char.from_address(PLACE + page * 4096).value = b"P"


def first():
    return ctypes.c_char.from_address(PLACE).value.decode()


# What each gives is the same every time, unless something was left.


def hello():
    return "hello"


def fail():
    raise ValueError("on purpose")


def large_changes():
    data = bytearray(2 << 20)
    for at in range(0, len(data), 4096):
        data[at] = 7
    for number in range(2000):
        TABLE[f"k{number * 2}"] = [number]
    TABLE.update((f"new{number}", number) for number in range(500))
    return len(TABLE)


def cycles():
    for _ in range(300):
        one, other = [], {}
        one.append(other)
        other["one"] = one
    KEPT.append([object() for _ in range(100)])
    return len(KEPT)


def poison():
    global TABLE
    KEPT.append(1)
    found = [len(KEPT), "POISON" in os.environ, "evil" in sys.modules, gc.isenabled(), sys.getrecursionlimit()]
    json.poisoned = os.environ["POISON"] = "1"
    sys.modules["evil"] = sys
    sys.setrecursionlimit(500)
    gc.disable()
    main.__kwdefaults__ = {"do": "fail"}
    TABLE = None
    return found


def drop_all():
    TABLE.clear()
    gc.collect()
    return len(KEPT)


def keep_much():
    KEPT.append([bytes(1000) for _ in range(3000)])
    return len(KEPT)


def much_memory():
    data = bytearray(30 << 20)
    data[::4096] = b"x" * len(data[::4096])
    return len(KEPT)


def leave_file_open():
    KEPT.append(open("/etc/passwd"))
    return KEPT[-1].fileno()


def leave_sockets():
    import socket

    KEPT.extend(socket.socketpair())
    KEPT[0].send(b"left")
    return KEPT[0].fileno()


def database():
    import sqlite3

    base = sqlite3.connect(":memory:")
    base.execute("CREATE TABLE t (x)")
    base.execute("INSERT INTO t VALUES (1)")
    return base.execute("SELECT count(*) FROM t").fetchone()[0]


def event_loop():
    import asyncio

    async def wait():
        await asyncio.sleep(0)
        return "waited"

    return asyncio.run(wait())


def deep_recursion():
    def down(left):
        return 0 if left == 0 else 1 + down(left - 1)

    return down(900)


def block_signals():
    return sorted(signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1]))


def handle_signal():
    before = signal.getsignal(signal.SIGUSR1)
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    return str(before)


def handle_signal_by_a_long_number():
    action, before = (ctypes.c_ulong * 4)(1), (ctypes.c_ulong * 4)()  # SIG_IGN
    number = (1 << 32) | signal.SIGUSR2  # the kernel looks at the lower half
    LIBC.syscall(ctypes.c_long(13), ctypes.c_ulong(number), action, before, ctypes.c_ulong(8))
    return before[0]


def leave_errno():
    before = ctypes.get_errno()
    ctypes.set_errno(77)
    LIBC.close(999)
    return before


def map_at_a_place():
    at = LIBC.mmap(0x10000000000, 8192, READ_WRITE, PRIVATE | ANONYMOUS | FIXED, -1, 0)
    found = ctypes.c_char.from_address(at).value
    ctypes.c_char.from_address(at).value = b"Z"
    return found.hex()


def map_shared():
    import mmap

    KEPT.append(mmap.mmap(-1, 8192))
    KEPT[-1][0] = 1
    return len(KEPT)


def grow_heap():
    return LIBC.sbrk(1000) - GROWN_FROM


def grow_heap_much():
    return LIBC.sbrk(10_000_000) - GROWN_FROM


def open_descriptors():
    return os.listdir("/proc/self/fd")


def print_unfinished():
    sys.stdout.write("no line end")
    return len(KEPT)


def wait_a_little():
    time.sleep(0.001)
    return "waited"


# What cannot be undone: the process must end with the call.


def answer_twice():
    os.write(3, b"\x02\0\0\0\x0b42")  # a frame as an answer is, ahead of it
    return "the second"


def change_folder():
    before = os.getcwd()
    os.chdir("/usr")
    return before


def write_file():
    before = os.listdir("/tmp")
    with open("/tmp/left", "w", encoding="utf-8") as file:
        file.write("1")
    return before


def start_thread():
    import threading

    thread = threading.Thread(target=lambda: None)
    thread.start()
    thread.join()
    return "joined"


def start_process():
    child = os.fork()
    if child == 0:
        os._exit(0)
    return os.waitpid(child, 0)[1]


def replace_output():
    os.dup2(os.open("/dev/null", os.O_RDONLY), 1)
    return "replaced"


def change_umask():
    return os.umask(0)


def start_timer():
    return signal.setitimer(signal.ITIMER_REAL, 100)


def lower_limit():
    import resource

    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (20, 20))
    return before


def change_code():
    with open("/proc/self/maps", encoding="utf-8") as maps:
        line = next(line for line in maps if "r-xp" in line and "libc.so" in line)
    last = int(line.split()[0].split("-")[1], 16) - 4096
    before = ctypes.c_ubyte.from_address(last + 4088).value
    if LIBC.mprotect(last, 4096, 7) == 0:
        ctypes.c_ubyte.from_address(last + 4088).value = 0xCC
        LIBC.mprotect(last, 4096, 5)
    return before


def replace_mapping():
    before = first()
    LIBC.munmap(PLACE, PAGES * 4096)
    LIBC.mmap(PLACE, PAGES * 4096, READ_WRITE, PRIVATE | ANONYMOUS | FIXED, -1, 0)
    return before


def discard_mapping():
    before = first()
    LIBC.madvise(PLACE, PAGES * 4096, 4)
    return before


def leave():
    sys.exit(3)


def crash():
    ctypes.string_at(0)


GROWN_FROM = LIBC.sbrk(0)
UNDONE = [hello, fail, large_changes, cycles, poison, drop_all, keep_much, much_memory, leave_file_open, leave_sockets, database,
          event_loop, deep_recursion, block_signals, handle_signal, handle_signal_by_a_long_number, leave_errno,
          map_at_a_place, map_shared, grow_heap, grow_heap_much, open_descriptors, print_unfinished, wait_a_little]
ENDING = [answer_twice, change_folder, write_file, start_thread, start_process, replace_output, change_umask, start_timer,
          lower_limit, change_code, replace_mapping, discard_mapping, leave, crash]
WAYS = {way.__name__: way for way in UNDONE + ENDING}


def main(*, do=""):
    if not do:
        return {"undone": [way.__name__ for way in UNDONE], "ending": [way.__name__ for way in ENDING]}
    return WAYS[do]()
