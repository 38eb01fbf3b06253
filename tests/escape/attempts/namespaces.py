# Another view of the machine: mounts, roots, namespaces.
from attempts.common import *

NAMESPACES = {"user": 0x10000000, "mount": 0x20000, "process": 0x20000000, "network": 0x40000000, "ipc": 0x8000000,
              "host_name": 0x4000000, "cgroup": 0x2000000, "time": 0x80}
MS_NOSUID, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE, MNT_DETACH = 2, 32, 4096, 16384, 1 << 18, 2


def mount(source, target, kind=None, flags=0, data=None):
    return syscall("mount", source.encode(), target.encode(), kind and kind.encode(), flags, data and data.encode())


def folder(world):
    path = scratch(world, "folder")
    os.makedirs(path, exist_ok=True)
    return path


def become_root_of_namespaces(flags):
    """A new user namespace, and root in it: what much of the kernel then believes."""
    user, group = os.getuid(), os.getgid()
    syscall("unshare", NAMESPACES["user"] | flags)
    for path, text in (("setgroups", "deny"), ("uid_map", f"0 {user} 1"), ("gid_map", f"0 {group} 1")):
        try:
            with open(f"/proc/self/{path}", "w") as file:
                file.write(text)
        except OSError:
            continue  # capabilities are there without


@attempt(control="alone")
def mount_tmpfs(world):
    return f"mounted {mount('none', '/tmp', 'tmpfs')}"


@attempt(control="alone")
def mount_proc(world):
    return f"mounted {mount('none', '/tmp', 'proc')}"


@attempt(refused="EINVAL")
def mount_other_kinds(world):
    at = folder(world)
    return first_that_works(["sysfs", "devpts", "mqueue", "debugfs", "securityfs", "cgroup2", "overlay", "fuse", "bpf", "ramfs",
                             "binfmt_misc", "devtmpfs"], lambda kind: f"mounted {mount('none', at, kind)}")


@attempt(control="alone")
def bind_mount(world):
    at = folder(world)
    return f"mounted {mount('/usr', at, None, MS_BIND)}"


@attempt(control="alone")
def remount(world):
    return f"remounted {mount('none', '/', None, MS_REMOUNT | MS_BIND | MS_NOSUID)}"


@attempt(control="alone")
def change_propagation(world):
    return f"changed {mount('none', '/', None, MS_REC | MS_PRIVATE)}"


@attempt(refused="EINVAL EBUSY")
def unmount(world):
    """What covers the host's things here is a mount itself."""
    return first_that_works(["/tmp", world["data"], "/dev", "/proc", "/sys", "/"],
                            lambda path: f"unmounted {syscall('umount2', path.encode(), MNT_DETACH)}")


@attempt(refused="EINVAL EBUSY")
def pivot_root(world):
    old = folder(world)
    return f"done {syscall('pivot_root', b'/tmp', old.encode())}"


@attempt(control="alone")
def open_tree(world):
    return f"descriptor {syscall('open_tree', -100, b'/usr', 1)}"  # OPEN_TREE_CLONE


@attempt(control="alone")
def fsopen(world):
    fs = syscall("fsopen", b"tmpfs", 0)
    syscall("fsconfig", fs, 6, None, None, 0)  # FSCONFIG_CMD_CREATE
    return f"descriptor {syscall('fsmount', fs, 0, 0)}"


@attempt(refused="EINVAL EBUSY")
def move_mount(world):
    """Uncovers what lies below."""
    to = folder(world)
    return first_that_works([b"/tmp", world["data"].encode(), b"/proc"],
                            lambda path: f"moved {syscall('move_mount', -100, path, -100, to.encode(), 0)}")


@attempt(refused="EINVAL", control="alone")
def mount_attributes(world):
    return f"set {syscall('mount_setattr', -100, b'/', 0x8000, struct.pack('QQQQ', 0, 0, 1 << 18, 0), 32)}"


@attempt(control="alone")
def change_root(world):
    return f"changed {syscall('chroot', b'/tmp')}"


def unsharing(flag):
    def unshare(world):
        return f"made {syscall('unshare', flag)}"
    return unshare


def cloning(flag):
    def clone(world):
        child = syscall("clone", flag | signal.SIGCHLD, None, None, None, 0)
        if child == 0:
            os._exit(0)
        return f"made with process {child}"
    return clone


for kind, flag in NAMESPACES.items():
    for way, make_function in (("unshare", unsharing), ("clone", cloning)):
        if (way, kind) == ("clone", "time"):
            continue  # its flag is a part of clone's signal number
        new = make_function(flag)
        new.__name__ = f"{way}_{kind}_namespace"
        attempt(control="machine" if kind == "user" else "alone")(new)


@attempt(control="machine")
def clone3_user_namespace(world):
    arguments = struct.pack("QQQQQQQQ", NAMESPACES["user"], 0, 0, 0, signal.SIGCHLD, 0, 0, 0)
    child = syscall("clone3", arguments, len(arguments))
    if child == 0:
        os._exit(0)
    return f"made with process {child}"


@attempt(control="machine")
def root_of_new_namespaces(world):
    """The usual first step of an exploit: all capabilities over a mount namespace of one's own."""
    become_root_of_namespaces(NAMESPACES["mount"] | NAMESPACES["network"])
    mount("none", "/tmp", "tmpfs")
    return "mounted in a namespace of its own"


@attempt(control="machine")
def network_of_ones_own(world):
    """The second step: netfilter's and traffic control's code, as root over a network."""
    become_root_of_namespaces(NAMESPACES["network"])
    return str(socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)) + str(socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0))


@attempt(refused="EINVAL EBUSY")
def uncover_hidden_folder(world):
    """As root of new namespaces: what covers the data folder and /tmp is taken away."""
    become_root_of_namespaces(NAMESPACES["mount"])
    def one(path):
        syscall("umount2", path.encode(), MNT_DETACH)
        return os.listdir(path) or "uncovered"
    return first_that_works([world["data"], "/tmp"], one)


@attempt(refused="EINVAL EPERM")
def uncover_by_recursive_bind(world):
    """A copy of the mounts without the covers."""
    become_root_of_namespaces(NAMESPACES["mount"])
    at = folder(world)
    mount("/", at, None, MS_BIND)
    def one(path):
        return beginning(at + path)
    return first_that_works([world["private_file"], world["data"] + "/data.db"], one)


@attempt(refused="EINVAL")
def enter_namespaces_of_others(world):
    def one(path):
        fd = os.open(path, os.O_RDONLY)
        return f"entered {syscall('setns', fd, 0)}"
    kinds = ("user", "mnt", "net", "pid")
    here = {kind: os.stat(f"/proc/self/ns/{kind}").st_ino for kind in kinds if os.path.exists("/proc/self/ns")}
    paths = [f"/proc/{pid}/ns/{kind}" for pid in [*world["pids"], 1] for kind in kinds]
    foreign = [path for path in paths if not os.path.exists(path) or os.stat(path).st_ino != here.get(path.split("/")[-1])]
    return first_that_works(foreign, one)


@attempt(refused="EINVAL")
def enter_namespaces_by_pidfd(world):
    """As root of a new namespace, too: it may enter where it is mighty."""
    def one(pid):
        return f"entered {syscall('setns', syscall('pidfd_open', pid, 0), NAMESPACES['network'])}"
    try:
        become_root_of_namespaces(0)
    except OSError:
        pass
    return first_that_works(world["pids"], one)


@attempt(control="alone")
def leave_changed_root(world):
    """The classical way out: a root below the folder one stands in."""
    before = os.stat("/")
    jail = folder(world)
    try:
        become_root_of_namespaces(0)
    except OSError:
        pass
    syscall("chroot", jail.encode())
    for _ in range(40):
        os.chdir("..")
    syscall("chroot", b".")
    if world["without_walls"]:
        return "out" if os.stat("/").st_ino == before.st_ino else None
    return beginning(world["private_file"])


@attempt(control="alone")
def host_name(world):
    return f"set {syscall('sethostname', b'kappa', 5)} {syscall('setdomainname', b'kappa', 5)}"


@attempt(control="root")
def cgroup_of_ones_own(world):
    def one(path):
        os.mkdir(f"{path}/{world['marker']}")
        os.rmdir(f"{path}/{world['marker']}")
        return "made"
    return first_that_works(["/sys/fs/cgroup/memory", "/sys/fs/cgroup/unified", "/sys/fs/cgroup"], one)
