"""Keeps data in System V message queues, which outlive their process. They must not take 128 MiB."""
# expects: error|timeout
import ctypes

IPC_CREAT, IPC_NOWAIT, SIZE = 0o1600, 0o4000, 8192


class Message(ctypes.Structure):
    _fields_ = [("type", ctypes.c_long), ("text", ctypes.c_char * SIZE)]


def main():
    libc = ctypes.CDLL(None, use_errno=True)
    message, had = Message(1, b"x" * SIZE), 0
    while had < 128 << 20:
        queue = libc.msgget(0, IPC_CREAT)
        if queue < 0:
            raise OSError(ctypes.get_errno(), "no message queue")
        while libc.msgsnd(queue, ctypes.byref(message), SIZE, IPC_NOWAIT) == 0:
            had += SIZE
    return "had 128 MiB"
