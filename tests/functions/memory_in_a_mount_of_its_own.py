"""Mounts memory of its own, in namespaces of its own, and fills it. It must not get half a gigabyte."""
# expects: error|out_of_memory|timeout
import ctypes
import os

CLONE_NEWUSER, CLONE_NEWNS, PR_SET_DUMPABLE = 0x10000000, 0x20000, 4


def main():
    libc, user, group = ctypes.CDLL(None, use_errno=True), os.getuid(), os.getgid()
    libc.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)  # else the map is root's
    if libc.unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0:
        raise OSError(ctypes.get_errno(), "no namespaces")
    for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        with open("/proc/self/" + name, "w") as file:
            file.write(text)
    if libc.mount(b"tmpfs", b"/tmp", b"tmpfs", 0, b"size=100%") != 0:
        raise OSError(ctypes.get_errno(), "no mount")
    mib = b"x" * (1 << 20)
    for number in range(16):
        with open(f"/tmp/{number}", "wb") as file:
            for _ in range(32):
                file.write(mib)
    return "had 512 MiB"
