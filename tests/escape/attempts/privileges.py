# Becoming somebody else: users, capabilities, programs that run as root, and other programs altogether.
import subprocess

from attempts.common import *


@attempt(control="root", refused="EINVAL")
def become_root(world):
    os.setresuid(0, 0, 0)
    return f"user {os.geteuid()}"


@attempt(control="root", refused="EINVAL")
def become_root_group(world):
    os.setresgid(0, 0, 0)
    return f"group {os.getegid()}"


@attempt(control="root", refused="EINVAL")
def join_groups(world):
    os.setgroups([0, 4, 6, 42])
    return str(os.getgroups())


@attempt(refused="EINVAL", control="root")
def become_another_user(world):
    """Whoever runs the server, or anybody."""
    def one(user):
        os.setresuid(user, user, user)
        return "done"
    return first_that_works([user for user in (world["uid"], 1, 1000, 65533) if user != os.getuid()], one)


@attempt(control="root")
def be_root(world):
    """By what the process is already."""
    if 0 in (*os.getresuid(), *os.getresgid(), *os.getgroups()) or (os.getuid() == world["uid"] and world["uid"] == 0):
        return f"users {os.getresuid()}, groups {os.getresgid()}, {os.getgroups()}"
    return None


def capabilities():
    data = ctypes.create_string_buffer(24)
    syscall("capget", struct.pack("Ii", 0x20080522, 0), data)
    words = struct.unpack("IIIIII", data.raw)
    return words[0] | words[3] << 32, words[1] | words[4] << 32  # effective, permitted


@attempt(control="root")
def have_capabilities(world):
    effective, permitted = capabilities()
    return f"{permitted:x}" if effective or permitted else None


@attempt(control="root")
def take_capabilities(world):
    syscall("capset", struct.pack("Ii", 0x20080522, 0), struct.pack("IIIIII", 0x200000, 0x200000, 0, 0, 0, 0))  # SYS_ADMIN
    return f"{capabilities()[0]:x}"


@attempt(refused="EINVAL")
def ambient_capabilities(world):
    return f"raised {checked(libc.prctl(47, 2, 21, 0, 0))}"  # PR_CAP_AMBIENT_RAISE, SYS_ADMIN


@attempt(control="root")
def new_privileges_allowed(world):
    """Without that bit a program that is set-user-id gets what it asks for."""
    return "no_new_privs is off" if libc.prctl(39, 0, 0, 0, 0) == 0 else None


def run(program, *arguments, **environment):
    return subprocess.run([program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=2,
                          stdin=subprocess.DEVNULL, env={"PATH": "/usr/bin:/bin", **environment})


def gains_when_run(program, *before):
    """The loader shows its vectors unless the program runs as somebody else: then it does not listen to the environment."""
    done = run(*before, program, "--version", LD_SHOW_AUXV="1")
    ran_as_somebody_else = done.returncode == 0 and done.stdout and b"AT_EUID" not in done.stdout
    return f"ran as somebody else: {done.stdout[:60]!r}" if ran_as_somebody_else else None


SET_USER_ID = ["/usr/bin/su", "/usr/bin/mount", "/usr/bin/umount", "/usr/bin/sudo", "/usr/bin/pkexec"]


@attempt(control="machine")
def run_set_user_id(world):
    return first_that_works(SET_USER_ID, gains_when_run)


@attempt()
def run_set_user_id_by_loader(world):
    return first_that_works(SET_USER_ID[:2], lambda path: gains_when_run(path, "/lib64/ld-linux-x86-64.so.2"))


@attempt()
def mount_program(world):
    return "mounted" if run("/usr/bin/mount", "-t", "tmpfs", "none", "/tmp").returncode == 0 else None


@attempt(refused="EINVAL")
def make_set_user_id(world):
    """A program of one's own with the bit, for another to fall for: it must not even run as its owner's."""
    path = scratch(world, "program")
    with open("/usr/bin/true", "rb") as program, open(path, "wb") as copy:
        copy.write(program.read())
    os.chown(path, 0, 0)
    os.chmod(path, 0o4755)
    return gains_when_run(path)


def what_a_program_gains(world, command):
    """`command` prints files: those of others, and what it may do itself."""
    return gains_in(run(*command, *files_to_print(world)).stdout)


def files_to_print(world):
    return [world["private_file"], world["data"] + "/data.db", "/etc/shadow", "/proc/self/status"]


def gains_in(shown):
    found = canaries_in(shown)
    if found:
        return found
    may = re.findall(rb"^(?:CapEff:\s*0*[1-9a-f]\w*|NoNewPrivs:\s*0)$", shown, re.M)
    if may:
        return may
    filters = re.search(rb"^Seccomp_filters:\s*(\d+)$", shown, re.M)
    return f"{filters[1]} filters" if filters and int(filters[1]) < own_filters() else None


def own_filters():
    return int(re.search(r"^Seccomp_filters:\s*(\d+)$", open("/proc/self/status").read(), re.M)[1])


@attempt(control="server")
def run_program(world):
    return what_a_program_gains(world, ["/usr/bin/cat"])


@attempt(control="server")
def run_copied_program(world):
    copy = scratch(world, "cat")
    with open("/usr/bin/cat", "rb") as program, open(copy, "wb") as to:
        to.write(program.read())
    os.chmod(copy, 0o755)
    return what_a_program_gains(world, [copy])


@attempt(control="server")
def run_program_in_memory(world):
    """By its descriptor, so that no file system and no /proc is asked."""
    memory = os.memfd_create("cat", 0)
    with open("/usr/bin/cat", "rb") as program:
        os.write(memory, program.read())
    words = [word.encode() for word in ["cat", *files_to_print(world)]]
    arguments, none = (ctypes.c_char_p * (len(words) + 1))(*words, None), (ctypes.c_char_p * 1)(None)
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.dup2(writing, 1)
        os.dup2(writing, 2)
        try:
            syscall(322, memory, b"", arguments, none, 0x1000)  # execveat, AT_EMPTY_PATH
        except OSError as error:
            os.write(1, f"errno {error.errno}".encode())
        os._exit(1)
    os.close(writing)
    with open(reading, "rb") as output:
        shown = output.read()
    if shown.startswith(b"errno "):
        raise OSError(int(shown.split()[1]), "execveat")
    return gains_in(shown)


@attempt(control="server")
def run_program_by_loader(world):
    return what_a_program_gains(world, ["/lib64/ld-linux-x86-64.so.2", "/usr/bin/cat"])


@attempt(control="server")
def run_shell(world):
    """A shell reads by redirections, without another program."""
    return what_a_program_gains(world, ["/bin/sh", "-c", 'for f; do while read -r l; do echo "$l"; done <"$f"; done', "sh"])


@attempt()
def overwrite_own_program(world):
    """As in runc's CVE-2019-5736: the program that this process runs is the server's."""
    return first_that_works(["/proc/self/exe", "/proc/1/exe", world["program"]], lambda path: str(os.open(path, os.O_RDWR)))


@attempt()
def replace_own_program(world):
    """Where the file itself is busy, its folder may not be."""
    folder = os.path.dirname(world["program"])
    path = f"{folder}/{world['marker']}-new"
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
    os.unlink(path)
    return f"{folder} can be written"


@attempt()
def preload_for_others(world):
    """A library that every program of this machine would load."""
    folders = ["/etc", "/lib/x86_64-linux-gnu", "/etc/ld.so.conf.d", "/usr/local/lib"]
    return first_that_works([f"{folder}/{world['marker']}" for folder in folders], make_file)


def make_file(path):
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
    os.unlink(path)
    return "a file can be made"


@attempt()
def crash_handler(world):
    """The kernel runs what core_pattern says as root; a core itself must not be left either."""
    path = scratch(world, "crash")
    os.makedirs(path)
    child = os.fork()
    if child == 0:
        os.chdir(path)
        import resource
        try:
            resource.setrlimit(resource.RLIMIT_CORE, (-1, -1))
        except ValueError:
            pass
        os.abort()
    os.waitpid(child, 0)
    return os.listdir(path) or None
