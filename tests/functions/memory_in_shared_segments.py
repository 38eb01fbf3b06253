"""Makes System V shared memory, which outlives its process. It must not get half a gigabyte."""
# expects: error|out_of_memory|timeout
# limits: {"memory_mb": 128}
import ctypes

IPC_CREAT = 0o1600


def main():
    libc = ctypes.CDLL(None, use_errno=True)
    libc.shmat.restype = ctypes.c_void_p
    for _ in range(32):
        segment = libc.shmget(0, 16 << 20, IPC_CREAT)
        at = libc.shmat(segment, None, 0) if segment >= 0 else ctypes.c_void_p(-1).value
        if at == ctypes.c_void_p(-1).value:
            raise OSError(ctypes.get_errno(), "no shared memory")
        ctypes.memset(at, 1, 16 << 20)
        libc.shmdt(ctypes.c_void_p(at))
    return "had 512 MiB"
