# Becomes a user and starts a program, on a kernel that lacks something, as far as the program can tell.
# usage: without.py userns|landlock|seccomp|clone3|proc|nothing UID GID PROGRAM ARGUMENT...
import ctypes
import errno
import os
import struct
import sys

libc = ctypes.CDLL(None, use_errno=True)
ALLOW, REFUSE = 0x7FFF0000, 0x00050000
LOAD, EQUAL, ANY_BIT, RETURN = 0x20, 0x15, 0x45, 0x06
X86_64 = 0xC000003E
NEW_USER, NEW_MOUNT = 0x10000000, 0x20000
NEW_NAMESPACES = NEW_MOUNT | 0x2000000 | 0x4000000 | 0x8000000 | NEW_USER | 0x20000000 | 0x40000000

# System call by number; the test of its first argument, if any; the errno.
CLONE, PRCTL, UNSHARE, SECCOMP, CLONE3 = 56, 157, 272, 317, 435
RULES = {
    "userns": [(CLONE, (ANY_BIT, NEW_NAMESPACES), errno.EPERM), (UNSHARE, (ANY_BIT, NEW_NAMESPACES), errno.EPERM),
               (CLONE3, None, errno.ENOSYS)],
    "landlock": [(444, None, errno.ENOSYS), (445, None, errno.ENOSYS), (446, None, errno.ENOSYS)],
    "seccomp": [(SECCOMP, None, errno.ENOSYS), (PRCTL, (EQUAL, 22), errno.EINVAL)],  # PR_SET_SECCOMP
    "clone3": [(CLONE3, None, errno.ENOSYS)],
}


def instruction(code, k, true=0, false=0):
    return struct.pack("HBBI", code, true, false, k)


def filter_for(rules):
    # Other architectures' numbers are let through: what is missing here must not be a wall of its own.
    program = [instruction(LOAD, 4), instruction(EQUAL, X86_64, 1, 0), instruction(RETURN, ALLOW), instruction(LOAD, 0)]
    for number, argument, code in rules:
        refuse = instruction(RETURN, REFUSE | code)
        if argument is None:
            program += [instruction(EQUAL, number, 0, 1), refuse]
        else:  # a program's test is of the low half: these flags are all there
            program += [instruction(EQUAL, number, 0, 4), instruction(LOAD, 16), instruction(argument[0], argument[1], 0, 1),
                        refuse, instruction(LOAD, 0)]
    return b"".join([*program, instruction(RETURN, ALLOW)])


def checked(result, what):
    if result != 0:
        raise SystemExit(f"without.py: {what}: {os.strerror(ctypes.get_errno())}")


def install(rules):
    code = ctypes.create_string_buffer(filter_for(rules))
    program = struct.pack("HxxxxxxQ", (len(code) - 1) // 8, ctypes.addressof(code))
    if libc.prctl(22, 2, program, 0, 0) != 0:  # who is not root may do it after this alone
        checked(libc.prctl(38, 1, 0, 0, 0), "no_new_privs")
        checked(libc.prctl(22, 2, program, 0, 0), "seccomp")


def cover_proc():
    """A /proc with a covered file, as containers have: the kernel then gives nobody in a user namespace a new one."""
    user, group = os.getuid(), os.getgid()
    if libc.unshare(NEW_MOUNT) != 0:
        checked(libc.unshare(NEW_MOUNT | NEW_USER), "unshare")
        for path, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
            with open(f"/proc/self/{path}", "w", encoding="utf-8") as file:
                file.write(text)
    checked(libc.mount(b"none", b"/", None, 1 << 14 | 1 << 18, None), "private mounts")
    checked(libc.mount(b"/dev/null", b"/proc/version", None, 1 << 12, None), "cover")


def main():
    layer, user, group = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    if layer == "proc":
        cover_proc()
    if user != os.getuid():
        os.setgroups([])
        os.setresgid(group, group, group)
        os.setresuid(user, user, user)
    if layer in RULES:
        install(RULES[layer])
    elif layer not in ("proc", "nothing"):
        raise SystemExit(f"without.py: no layer is called {layer}")
    os.execv(sys.argv[4], sys.argv[4:])


main()
