# Reading what is not the function's, and opening for writing what must stay as it is.
import hashlib

from attempts.common import *

HARMLESS_DEVICES = {"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"}


def files_below(folder, seconds=2.0):
    """Paths of what is below, as long as there is time."""
    if not os.path.isdir(folder):
        os.listdir(folder)  # the errno why not
    end = time.monotonic() + seconds
    for here, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not os.path.islink(os.path.join(here, name))]
        for name in names:
            if time.monotonic() > end:
                return
            yield os.path.join(here, name)


def list_or_read(path):
    return os.listdir(path) or None if os.path.isdir(path) else beginning(path)


def open_for_reading(path):
    """Devices and the like, from which nothing is read."""
    os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY))
    return "opened"


def open_for_writing(path):
    """Opened, and nothing written: what there is must not be harmed when a wall is missing."""
    os.close(os.open(path, os.O_WRONLY | os.O_CLOEXEC))
    return "opened for writing"


@attempt(control="server")
def data_folder(world):
    return first_that_works(files_below(world["data"]), beginning)


@attempt(control="server")
def database_and_wal(world):
    names = ("data.db", "data.db-wal", "data.db-shm", "fn_code.db", "fn_code.db-wal")
    return first_that_works([f"{world['data']}/{name}" for name in names], beginning)


@attempt(control="server")
def others_source(world):
    """The victim's code, wherever it lies in the data folder."""
    return first_that_works(files_below(world["data"]), lambda path: canaries_in(read(path, 8 << 20)) or None)


@attempt(control="server")
def service_token(world):
    return first_that_works(files_below(world["data"]), lambda path: beginning(path) if "token" in path else None)


@attempt(control="server")
def server_configuration(world):
    return beginning(world["folder"] + "/kappa.toml")


@attempt(control="server")
def server_log(world):
    return beginning(world["log"])


@attempt(control="root")
def etc_shadow(world):
    return first_that_works(["/etc/shadow", "/etc/gshadow", "/etc/shadow-"], beginning)


@attempt(control="root")
def home_of_root(world):
    return first_that_works([world["root_file"], "/root"], list_or_read)


@attempt(control="server")
def home_of_server(world):
    return beginning(world["home_file"])


@attempt(control="machine")
def folders_of_the_machine(world):
    return first_that_works(["/home", "/opt", "/srv", "/boot", "/var/lib", "/var/spool"], lambda path: os.listdir(path) or None)


@attempt(control="server")
def private_file_on_host(world):
    return beginning(world["private_file"])


@attempt(control="user")
def public_file_on_host(world):
    return beginning(world["public_file"])


@attempt(control="user")
def host_tmp(world):
    return beginning(world["tmp_file"])


@attempt(control="user")
def host_shared_memory(world):
    return beginning(world["shm_file"])


@attempt(control="machine")
def host_run_folder(world):
    return first_that_works([world["run_file"]], beginning)


@attempt(control="machine")
def host_logs(world):
    return first_that_works(files_below("/var/log", 0.5), beginning)


@attempt(control="machine")
def host_configuration(world):
    """Which machine this is, and who is on it. Files of those names that are made for functions tell nothing."""
    def one(path):
        return beginning(path) if hashlib.sha256(read(path)).hexdigest() == world["host_files"][path] else None
    return first_that_works(world["host_files"], one)


@attempt()
def files_of_another_function(world):
    return first_that_works([f"{place}/{world['victim_file']}" for place in world["places"]], beginning)


@attempt(control="root")
def memory_device(world):
    return first_that_works(["/dev/mem", "/dev/port", "/proc/kcore", "/dev/kmem"], open_for_reading)


@attempt(control="root")
def kernel_messages(world):
    def one(path):
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        return os.read(fd, 8192)[:60]
    return first_that_works(["/dev/kmsg", "/proc/kmsg"], one)


@attempt(control="root")
def block_devices(world):
    def one(path):
        return open_for_reading(path) if stat.S_ISBLK(os.stat(path).st_mode) else None
    return first_that_works(files_below("/dev"), one)


@attempt(control="machine")
def other_devices(world):
    """Any door into a driver beyond the harmless five."""
    def one(path):
        if not stat.S_ISCHR(os.stat(path).st_mode) or path in HARMLESS_DEVICES:
            return None
        return open_for_reading(path)
    return first_that_works([path for path in files_below("/dev") if "fd/" not in path and "std" not in path], one)


@attempt()
def make_device(world):
    """A door made by oneself: the machine's memory."""
    device = scratch(world, "device")
    os.mknod(device, 0o666 | stat.S_IFCHR, os.makedev(1, 1))
    return os.open(device, os.O_RDONLY)


@attempt(control="machine")
def kernel_settings(world):
    return first_that_works(["/sys/kernel/mm/transparent_hugepage/enabled", "/sys/class/net", "/sys/devices/system/cpu/online",
                             *files_below("/sys", 0.3)],
                            list_or_read)


@attempt(control="machine")
def machine_state(world):
    """What /proc says of the machine rather than of this process."""
    return first_that_works(["/proc/cmdline", "/proc/modules", "/proc/kallsyms", "/proc/keys", "/proc/mounts", "/proc/diskstats",
                             "/proc/loadavg", "/proc/interrupts", "/proc/partitions", "/proc/1/mountinfo", "/proc/self/mountinfo"],
                            lambda path: beginning(path) if "mount" not in path or world["folder"] in read(path).decode() else None)


@attempt(control="root")
def write_core_pattern(world):
    return first_that_works(["/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe", "/proc/sys/vm/overcommit_memory"],
                            open_for_writing)


@attempt(control="root")
def write_sysrq(world):
    return open_for_writing("/proc/sysrq-trigger")


@attempt(control="root")
def write_sys(world):
    return first_that_works(["/sys/kernel/uevent_helper", "/sys/kernel/mm/transparent_hugepage/enabled",
                             "/sys/power/state", *files_below("/sys", 0.3)], open_for_writing)


@attempt(control="root")
def write_cgroups(world):
    """Where a process's limits are, release agents and all."""
    return first_that_works(["/sys/fs/cgroup/cgroup.procs", "/sys/fs/cgroup/memory/cgroup.procs",
                             "/sys/fs/cgroup/unified/cgroup.procs"], open_for_writing)


@attempt(control="server")
def by_links_in_proc(world):
    """Roots and folders of processes are ways around what is covered here."""
    starts = ["/proc/self/root", "/proc/1/root", "/proc/self/cwd/..", *(f"/proc/{pid}/root" for pid in world["pids"]),
              *(f"/proc/{pid}/cwd" for pid in world["pids"])]
    targets = [world["private_file"], world["home_file"], world["data"] + "/data.db"]
    return first_that_works([start + target for start in starts for target in targets], beginning)


@attempt(control="server")
def upwards(world):
    """Out by names that climb."""
    target = world["private_file"].lstrip("/")
    return first_that_works(["../" * 40 + target, "/tmp/" + "../" * 40 + target, "/proc/self/fd/../../../../" + target], beginning)


@attempt(control="server")
def by_symbolic_link(world):
    link = scratch(world, "link")
    os.symlink(world["private_file"], link)
    return beginning(link)


@attempt(control="server")
def by_hard_link(world):
    """A second name for another's file, where it can be read later."""
    link = f"/var/tmp/{world['marker']}-hard"
    os.link(world["public_file"], link)
    os.unlink(link)
    return "linked"


@attempt(control="user")
def everything_that_is_readable(world):
    """Whatever the walls left lying about: any file with a canary."""
    for top in (world["folder"], "/run", "/tmp", "/root", "/home", "/dev/shm", "/srv", "/mnt", "/var/tmp", "/var", "/etc", "/opt"):
        try:
            for path in files_below(top, 0.2):
                try:
                    found = stat.S_ISREG(os.stat(path).st_mode) and canaries_in(read(path))
                except OSError:
                    continue
                if found:
                    return f"{path}: {found}"
        except OSError:
            continue
    return None


@attempt(control="server")
def list_data_folder(world):
    return os.listdir(world["data"]) or None


@attempt(control="server")
def write_data_folder(world):
    return first_that_works(files_below(world["data"]), open_for_writing)


@attempt(control="root")
def write_programs(world):
    """Code that others run: Kappa's, Python's, C's, this process's own."""
    fixed = ["/usr/bin/python3.11", "/usr/lib/python3.11/os.py", "/usr/lib/python3.11/json/__init__.py",
             "/usr/lib/x86_64-linux-gnu/libc.so.6", "/etc/ld.so.cache", "/etc/passwd"]
    return first_that_works(fixed, open_for_writing)
