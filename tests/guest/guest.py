#!/usr/bin/env python3
# Boots a small virtual machine on Debian's own kernel (6.1), which has control groups of version 2 and nothing else running,
# and runs the given program in it. What is tried there stands in inside.py, which is the guest's first process; what it finds
# comes back on a serial line, a JSON object a line. The guest's files are this machine's: the program, Python, their libraries.
# usage: guest.py PROGRAM [--kernel FILE] [--emulate] [-v]
#
# The kernel is looked for where --kernel says, else in what kernel.sh keeps, else in /boot. Ends with 77 where there is none,
# or no qemu-system-x86_64, or no KVM; with --emulate qemu does without KVM. With -v also what the guest's kernel and the
# servers in it wrote.
import argparse
import ctypes
import glob
import json
import os
import platform
import re
import select
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
KEPT = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "kappa-guest")  # as kernel.sh has it
KERNELS = (f"{KEPT}/vmlinuz-*", "/boot/vmlinuz-6.1.*-cloud-amd64", "/boot/vmlinuz-6.1.*-amd64")
PYTHON, LIBRARY = "/usr/bin/python3.11", "/usr/lib/python3.11"
UNNEEDED = {"test", "idlelib", "tkinter", "ensurepip", "lib2to3", "dist-packages", "pydoc_data", "turtledemo"}
PROCESSORS, MEMORY_MB = 2, 1024
BOOT_S, SILENCE_S, WHOLE_S = 60, 60, 240  # to the first line; between two lines; all of it
SKIPPED = 77
PR_SET_PDEATHSIG = 1


class Archive:
    """A file in the format that the kernel unpacks into its first file system (cpio, "newc")."""

    def __init__(self, file):
        self.file, self.known, self.number = file, set(), 0

    def add(self, name, mode, content=b"", device=(0, 0), time_s=0):
        name = name.strip("/")
        if name in self.known:
            return
        if name.count("/"):
            self.add(os.path.dirname(name), stat.S_IFDIR | 0o755)
        self.known.add(name)
        self.write(name, mode, content, device, time_s)

    def write(self, name, mode, content=b"", device=(0, 0), time_s=0):
        self.number += 1
        fields = (self.number, mode, 0, 0, 1, time_s, len(content), 0, 0, *device, len(name) + 1, 0)
        head = b"070701" + b"".join(b"%08X" % field for field in fields) + name.encode() + b"\0"
        for part in (head, content):
            self.file.write(part + b"\0" * (-len(part) % 4))

    def copy(self, path, name=None):
        """A file of this machine, at the same place; links to it become it, links on the way are gone. As old as it is: by that
        Python tells whether what it compiled still fits."""
        name = name or os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))
        with open(path, "rb") as file:
            mode = stat.S_IFREG | (0o755 if os.access(path, os.X_OK) else 0o644)
            self.add(name, mode, file.read(), time_s=int(os.fstat(file.fileno()).st_mtime))

    def text(self, name, text, mode=0o644):
        self.add(name, stat.S_IFREG | mode, text.encode())

    def link(self, name, to):
        self.add(name, stat.S_IFLNK | 0o777, to.encode())

    def folder(self, name, mode=0o755):
        self.add(name, stat.S_IFDIR | mode)

    def end(self):
        self.write("TRAILER!!!", 0)


def libraries_of(paths):
    """The shared libraries that these programs and libraries are linked with."""
    told = subprocess.run(["ldd", *paths], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False).stdout
    return sorted(set(re.findall(r"(?:=> |^\s+)(/\S+) \(0x", told, re.M)))


def pack(program, path):
    """The guest's files."""
    extensions = glob.glob(f"{LIBRARY}/lib-dynload/*.so")
    with open(path, "wb") as file:
        archive = Archive(file)
        for name in ("bin", "sbin", "lib", "lib64"):
            archive.link(name, f"usr/{name}")
        for name in ("dev", "proc", "sys", "run", "root", "home/ada", "new", "var/lib", "usr/local/bin"):
            archive.folder(name)
        archive.folder("tmp", 0o1777)
        archive.add("dev/console", stat.S_IFCHR | 0o600, device=(5, 1))
        archive.text("etc/passwd", "root:x:0:0::/root:/bin/sh\nada:x:1000:1000::/home/ada:/bin/sh\n")
        archive.text("etc/group", "root:x:0:\nada:x:1000:\n")
        archive.text("etc/shadow", "root:*:19000::::::\n", 0o600)
        for name in (*libraries_of([program, PYTHON, *extensions]), PYTHON):
            archive.copy(name)
        for folder, folders, names in os.walk(LIBRARY):
            folders[:] = [name for name in folders if name not in UNNEEDED and not name.startswith("config-")]
            for name in names:
                archive.copy(os.path.join(folder, name))
        archive.copy(program, "usr/local/bin/kappa")
        archive.copy(os.path.join(HERE, "..", "hostile", "server.py"), "tests/server.py")
        with open(os.path.join(HERE, "inside.py"), encoding="utf-8") as script:
            archive.text("init", script.read(), 0o755)
        archive.end()


class Guest:
    """The virtual machine: what its kernel says goes to a file, what is found in it comes line by line."""

    def __init__(self, kernel, files, console, emulate):
        """It does not outlive this program."""
        how = ["-accel", "tcg,thread=multi", "-cpu", "max"] if emulate else ["-accel", "kvm", "-cpu", "host"]
        self.process = subprocess.Popen(
            ["qemu-system-x86_64", "-machine", "q35", *how, "-smp", str(PROCESSORS), "-m", str(MEMORY_MB), "-nodefaults",
             "-no-user-config", "-no-reboot", "-display", "none", "-serial", f"file:{console}", "-serial", "stdio",
             "-kernel", kernel, "-initrd", files, "-append", "console=ttyS0 loglevel=5 panic=-1"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            preexec_fn=lambda: ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL))
        self.deadline, self.rest = time.monotonic() + WHOLE_S, b""

    def lines(self):
        """Until it ends. Raises when nothing is heard for too long."""
        patience_s = BOOT_S
        while True:
            left_s = min(patience_s, self.deadline - time.monotonic())
            if left_s <= 0 or not select.select([self.process.stdout], [], [], left_s)[0]:
                raise TimeoutError(f"the guest says nothing for {max(left_s, 0):.0f} s")
            got = os.read(self.process.stdout.fileno(), 1 << 16)
            if not got:
                return
            *whole, self.rest = (self.rest + got).split(b"\n")
            patience_s = SILENCE_S
            yield from (line.decode(errors="replace").strip() for line in whole)

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


class Report:
    """What the guest found, shown as it comes."""

    def __init__(self, verbose):
        self.verbose, self.failed, self.passed, self.whole = verbose, 0, 0, False

    def hear(self, line):
        if not line.startswith("{"):
            return line and print(f"guest: {line}", flush=True)
        told = json.loads(line)
        if "check" in told:
            self.failed += not told["ok"]
            self.passed += told["ok"]
            print(f"{'ok' if told['ok'] else 'FAILED':<7} {told['check']}: {told['seen']}", flush=True)
        elif told.get("always") or self.verbose:
            print(f"--- {told['shown']}\n" + "".join(f"    {text}\n" for text in told["text"].splitlines()), end="", flush=True)
        self.whole = self.whole or told.get("shown") == "end"


def kernel_in(asked):
    """The newest of where they are looked for first."""
    for pattern in [asked] if asked else KERNELS:
        if found := glob.glob(pattern):
            return max(found, key=lambda path: [int(number) for number in re.findall(r"\d+", path)])
    return None


def why_no_kvm():
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return "/dev/kvm is missing, or may not be used"
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        virtual = re.search(r"^flags\s*:.* (vmx|svm)\b", file.read(), re.M)
    # There are /dev/kvm without it, which run no kernel but one of their own.
    return None if virtual else "the processor shows neither vmx nor svm"


def why_not(kernel, emulate):
    """What this machine lacks."""
    if platform.machine() != "x86_64":
        return f"a guest of its own kind is not known for {platform.machine()}"
    if not shutil.which("qemu-system-x86_64"):
        return "qemu-system-x86_64 is missing: apt-get install --no-install-recommends qemu-system-x86"
    if not emulate and (lack := why_no_kvm()):
        return f"{lack}; --emulate does without, slowly"
    if not kernel:
        return "no kernel for the guest: tests/guest/kernel.sh gets Debian's"
    if not os.access(PYTHON, os.X_OK):
        return f"{PYTHON} is missing"
    return None


def run(asked, kernel, folder):
    """Whether all went well."""
    report, files, console = Report(asked.v), os.path.join(folder, "files"), os.path.join(folder, "console")
    pack(os.path.abspath(asked.program), files)
    guest = Guest(kernel, files, console, asked.emulate)
    try:
        for line in guest.lines():
            report.hear(line)
    except TimeoutError as error:
        print(f"FAILED {error}")
    finally:
        guest.stop()
    if asked.v or not report.whole:
        with open(console, encoding="utf-8", errors="replace") as file:
            print("--- the guest's kernel\n" + file.read()[-20000:])
    if not report.whole:
        print("FAILED the guest did not get to its end")
    print(f"{report.passed} passed, {report.failed + (not report.whole)} failed")
    return report.whole and report.failed == 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--kernel")
    parser.add_argument("--emulate", action="store_true")
    parser.add_argument("-v", action="store_true")
    asked = parser.parse_args()
    kernel, begin = kernel_in(asked.kernel), time.monotonic()
    if reason := why_not(kernel, asked.emulate):
        print(f"skipped: {reason}")
        sys.exit(SKIPPED)
    print(f"a guest with {os.path.basename(kernel)}, {PROCESSORS} processors and {MEMORY_MB} MiB", flush=True)
    with tempfile.TemporaryDirectory(prefix="kappa-guest-") as folder:
        well = run(asked, kernel, folder)
    print(f"in {time.monotonic() - begin:.0f} s")
    sys.exit(0 if well else 1)


main()
