# Follows the documentation literally. In docs/tutorial.md and docs/how-to/*.md a fence says what its block is:
#   ```console        lines "$ command", each with what it prints; they are run, and must print just that
#   ```LANGUAGE PATH  a file: equal to the repository's when that has one there, else written for the commands behind it
#   ```sh             for the reader's own machine, not run
# A line "..." in what is printed, or in a file of the repository, stands for any lines. A page has one shell at a terminal,
# one folder and one server of its own. A page that needs what npm brings finds it in node_modules, from tests/npm; it is
# skipped, with a word, where that or Java is not there. README.md's first commands are typed too, and all links must lead somewhere.
# usage: walk.py PROGRAM REPOSITORY_ROOT
import contextlib
import difflib
import fcntl
import glob
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time

program, root = map(os.path.abspath, sys.argv[1:3])
packages = os.path.join(root, "tests", "npm", "node_modules")
patience_s = 30
page_origin = '["http://127.0.0.1:8000"]'  # what the pages about browsers have the reader allow

# What differs from run to run, in what is documented and in what is printed alike.
masks = [(re.compile(pattern), shown) for pattern, shown in [
    (r"\x1b\[[\d;]*m", ""),
    (r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}", "UUID"),
    (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)?", "TIME"),
    (r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", "TIME"),
    (r" *\b\d+(\.\d+)? m?s\b", " N ms"),
    (r" *\b\d+(\.\d+)?(/\d+)? MiB\b", " N MiB"),
    (r'("(?:queued_ms|start_ms|wall_ms|cpu_ms|peak_memory_kb)": ?)[0-9.e-]+', r"\1N"),
    (r"\b20\d\d-(0[1-9]|1[0-2])(-\d\d)?\b", "DATE"),
    (r" *\b\d+\.\d{6}\b", " N.NNNNNN"),
    (r"\bkappa_[\w-]{20,}", "TOKEN"),
    (r"127\.0\.0\.1:\d+", "127.0.0.1:PORT"),
    (r"\b[0-9a-f]{8}-\d+\b", "REQUEST"),
    (r"\b(us=|bytes=|Content-Length: )\d+", r"\1N"),
    (r"(?<=\S) {2,}", "  "),  # columns are as wide as the numbers in them
    (r" +$", ""),
]]


class Failure(Exception):
    """What is wrong at a place in the documentation."""


@contextlib.contextmanager
def serving(folder):
    """A server that keeps its things in `folder`; gives its address."""
    os.mkdir(folder)
    with open(os.path.join(folder, "log"), "w+", encoding="utf-8") as log:
        server = subprocess.Popen(
            [program, "serve", "--listen", "127.0.0.1:0", "--data", "data", "--related.enabled", "false",
             "--http.allow_origins", page_origin],
            cwd=folder, stdout=subprocess.PIPE, stderr=log, stdin=subprocess.DEVNULL)
        try:
            ready = select.select([server.stdout], [], [], patience_s)[0]
            told = re.search(rb"http://\S+", server.stdout.readline()) if ready else None
            if not told:
                log.seek(0)
                raise Failure("the server does not start: " + log.read())
            yield told.group(0).decode()
        finally:
            server.terminate()
            try:
                server.wait(patience_s)
            except subprocess.TimeoutExpired:
                server.kill()


class Shell:
    """A bash at a terminal. Its commands come through a pipe, so that standard input is the terminal's, as a reader's is."""

    def __init__(self, folder, environment):
        script, self.commands = os.pipe()
        os.set_inheritable(script, True)
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 160, 0, 0))
            os.chdir(folder)
            os.execve("/bin/bash", ["bash", "--norc", "--noprofile", f"/dev/fd/{script}"], environment)
        os.close(script)
        self.run(":")  # once it answers it is a group of its own, which close() can kill

    def run(self, command, answers=()):
        """What it shows, and its exit code. `answers` are typed where the terminal shows their questions."""
        # The mark comes behind the output, on the same way; $? is as it was before it.
        mark = "_walk=$?; printf '\\036%d\\036' $_walk; (exit $_walk)"
        os.write(self.commands, f"{command}\n{mark}\n".encode())
        shown, deadline = b"", time.monotonic() + patience_s
        while not (ended := re.search(rb"\x1e(\d+)\x1e\Z", shown)):
            shown += self.read(deadline, shown)
            for question, answer in answers:
                if re.search(question, shown):
                    os.write(self.terminal, answer + b"\n")
        text = shown[:ended.start()].decode().replace("\r\n", "\n")
        # A spinner shows itself only when the machine was slow.
        return re.sub(r"(\r[|/\\-] [^\r]*)*\r\x1b\[K", "", text), int(ended.group(1))

    def read(self, deadline, shown):
        with contextlib.suppress(OSError):  # how a terminal tells that its last process has ended
            if not select.select([self.terminal], [], [], max(0, deadline - time.monotonic()))[0]:
                raise Failure(f"not done after {patience_s} s; until then it showed:\n{shown.decode(errors='replace')}")
            return os.read(self.terminal, 65536)
        raise Failure(f"the shell has ended; it showed:\n{shown.decode(errors='replace')}")

    def close(self):
        os.killpg(self.pid, signal.SIGKILL)  # what a page left in the background, too
        os.waitpid(self.pid, 0)
        os.close(self.commands)
        os.close(self.terminal)


@contextlib.contextmanager
def desk():
    """Where a reader works: a folder with the examples, and a shell in it that knows a server."""
    with contextlib.ExitStack() as stack:
        base = stack.enter_context(tempfile.TemporaryDirectory(prefix="kappa-walk-", ignore_cleanup_errors=True))
        folder, home = os.path.join(base, "reader"), os.path.join(base, "home")
        os.mkdir(home)
        shutil.copytree(os.path.join(root, "examples"), os.path.join(folder, "examples"))
        os.symlink(packages, os.path.join(folder, "node_modules"))
        address = stack.enter_context(serving(os.path.join(base, "server")))
        environment = {"PATH": os.path.dirname(program) + ":/usr/bin:/bin", "HOME": home, "KAPPA_SERVER": address,
                       "XDG_CONFIG_HOME": home + "/.config", "TERM": "xterm", "LANG": "C.UTF-8"}
        yield folder, stack.enter_context(contextlib.closing(Shell(folder, environment)))


def text_of(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def blocks_of(text):
    """The fenced blocks: line number, language, path or "", lines."""
    for block in re.finditer(r"^```(\S*) ?(.*)\n((?:.*\n)*?)```$", text, re.M):
        yield text.count("\n", 0, block.start()) + 1, block[1], block[2], block[3].splitlines()


def steps_of(number, lines):
    """A console block's commands: line number, command, what is printed."""
    steps, goes_on = [], False
    for at, line in enumerate(lines, number + 1):
        if goes_on:
            steps[-1][1] += "\n" + line
        elif line.startswith("$ "):
            steps.append([at, line[2:], []])
        elif not steps:
            raise Failure("a console block begins with a command")
        else:
            steps[-1][2].append(line)
        goes_on = line.endswith("\\") and (goes_on or line.startswith("$ "))
    return steps


def masked(line):
    for pattern, shown in masks:
        line = pattern.sub(shown, line)
    return line


def compare(wanted, got, name):
    """Lines with lines, where "..." in the first stands for any."""
    pattern = "".join("(?:.*\n)*" if line == "..." else re.escape(line) + "\n" for line in wanted)
    if not re.fullmatch(pattern, "".join(line + "\n" for line in got)):
        raise Failure("\n".join(difflib.unified_diff(wanted, got, "documented", name, lineterm="", n=9)))


def check_step(shell, command, wanted):
    try:
        got, _ = shell.run(command)
        compare([masked(line) for line in wanted], [masked(line) for line in got.splitlines()], "printed")
    except Failure as failure:
        raise Failure(f"$ {command}\n{failure}") from None


def check_or_write_file(folder, path, lines):
    if os.path.isfile(os.path.join(root, path)):
        return compare(lines, text_of(os.path.join(root, path)).splitlines(), path)
    copy = os.path.join(folder, path)
    os.makedirs(os.path.dirname(copy), exist_ok=True)
    with open(copy, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


def lacking(page):
    """What the page needs and this machine does not have; "" when nothing is missing."""
    if "node_modules/" not in text_of(page):
        return ""
    programs = [name for name in ("java", "node") if not shutil.which(name)]
    bins = [name for name in re.findall(r"node_modules/\.bin/([\w-]+)", text_of(page))
            if not os.path.exists(os.path.join(packages, ".bin", name))]
    return ", ".join(sorted({*programs, *bins}))


def walk_page(page):
    at, count = 0, 0
    if missing := lacking(page):
        return f"SKIPPED, for lack of {missing}: ./dev test installs them"
    with desk() as (folder, shell):
        try:
            for at, language, path, lines in blocks_of(text_of(page)):
                if path:
                    check_or_write_file(folder, path, lines)
                elif language == "console":
                    for at, command, wanted in steps_of(at, lines):
                        check_step(shell, command, wanted)
                        count += 1
                elif language != "sh":
                    raise Failure("a block is console, sh, or has a path; else nobody tries it")
        except Failure as failure:
            raise Failure(f"line {at}: {failure}") from None
    return f"{count} commands"


def walk_readme(page):
    """Types the quick start's commands, and answers what they ask."""
    answers = [(rb"Username: \Z", b"ada"), (rb"Password( again)?: \Z", b"correct horse"), (rb"\[y/N\]: \Z", b"y")]
    block = re.search(r"Then, as yourself:\n\n```sh\n(.*?)```", text_of(page), re.S)
    commands = [line for line in block[1].splitlines() if line.startswith("kappa ")] if block else []
    if not commands:
        raise Failure("the commands under 'Then, as yourself:' are gone")
    with desk() as (_, shell):
        for command in commands:
            shown, status = shell.run(command, answers)
            if status != 0:
                raise Failure(f"$ {command}\n{shown}(exit {status})")
    return f"{len(commands)} commands"


def check_links(page):
    prose = re.sub(r"^```.*?^```|`[^`\n]*`", "", text_of(page), flags=re.S | re.M)
    links = [link for link in re.findall(r"\]\(([^)#\s]+)", prose) if not re.match(r"[a-z]+:", link)]
    for link in links:
        target = os.path.normpath(os.path.join(os.path.dirname(page), link))
        reference = os.path.join(root, "docs", "reference")  # made by the build; may not be there yet
        if not os.path.exists(target) and (os.path.exists(reference) or not target.startswith(reference)):
            raise Failure(f"the link to {link} leads nowhere")
    return f"{len(links)} links"


def main():
    readme, docs = os.path.join(root, "README.md"), os.path.join(root, "docs")
    walked = [os.path.join(docs, "tutorial.md"), *sorted(glob.glob(os.path.join(docs, "how-to", "*.md")))]
    linked = [readme, *sorted(glob.glob(os.path.join(docs, "**", "*.md"), recursive=True))]
    failed = 0
    for check, page in [(walk_readme, readme), *((walk_page, p) for p in walked), *((check_links, p) for p in linked)]:
        try:
            print(f"ok    {os.path.relpath(page, root)}: {check(page)}", flush=True)
        except Failure as failure:
            failed += 1
            print(f"WRONG {os.path.relpath(page, root)}: {failure}", flush=True)
    sys.exit(1 if failed else 0)


main()
