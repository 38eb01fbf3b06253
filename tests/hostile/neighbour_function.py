"""What another tenant runs meanwhile: a little of everything that the kernel counts per user or per machine."""
import array
import ctypes
import errno
import os
import socket
import tempfile
import threading

libc = ctypes.CDLL(None, use_errno=True)


def main(*, number):
    thread = threading.Thread(target=lambda: None)
    thread.start()
    thread.join()
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    if os.write(writer, b"x" * 32768) != 32768:
        raise OSError("a pipe is smaller than it was")
    one, other = socket.socketpair()
    one.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [reader]))])
    if libc.inotify_init() < 0 and ctypes.get_errno() == errno.EMFILE:
        raise OSError("there is no inotify instance left")
    with tempfile.NamedTemporaryFile() as file:
        file.write(b"x" * 4096)
    return number
