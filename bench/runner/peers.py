"""What people run Python functions with otherwise: uWSGI with processes that stay, and a new Python per call."""

import os
import pathlib
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import threading
import time

from .load import Round
from .process_tree import ProcessTree

python = "/usr/bin/python3.11"
here = pathlib.Path(__file__).parent
uwsgi = ["uwsgi_python3"] if shutil.which("uwsgi_python3") else ["uwsgi", "--plugin", "python3"]


class Uwsgi:
    """Four processes forked ahead, each serving one request after the other. What functions print goes to a file."""

    def __init__(self, folder, functions):
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        address = f"127.0.0.1:{self.port}"
        command = [*uwsgi, "--http-socket", address, "--master", "--processes", "4", "--die-on-term"]
        command += ["--disable-logging", "--need-app", "--pythonpath", str(functions), "--wsgi-file", str(here / "wsgi_app.py")]
        with open(folder / "uwsgi.log", "wb") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.tree = ProcessTree(self.process.pid)
        self._wait(folder / "uwsgi.log")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()

    def _wait(self, log):
        while self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except ConnectionRefusedError:
                time.sleep(0.05)
        raise RuntimeError("uWSGI does not start:\n" + log.read_text(encoding="utf-8"))


class ProcessPerCall:
    """A new python3.11 for each call, which loads the function, calls it and prints the result as JSON."""

    code = "import json, sys, hello; print(json.dumps(hello.main(**json.loads(sys.argv[1]))))"

    def __init__(self, functions, callers):
        self.environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(functions)}
        self.callers = callers

    def __call__(self, seconds):
        times_ms, errors = [], []
        end = time.perf_counter() + seconds
        cpu_before = _children_cpu_ms()
        begin = time.perf_counter()
        threads = [threading.Thread(target=self._call_until, args=(end, times_ms, errors)) for _ in range(self.callers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        seconds = time.perf_counter() - begin
        cpu_ms = (_children_cpu_ms() - cpu_before) / len(times_ms)
        return Round(
            per_second=len(times_ms) / seconds,
            p50_ms=statistics.median(times_ms),
            p99_ms=sorted(times_ms)[len(times_ms) * 99 // 100],
            errors=len(errors),
            cpu_ms=cpu_ms,
            below_ms=cpu_ms,
        )

    def _call_until(self, end, times_ms, errors):
        while (begin := time.perf_counter()) < end:
            if not self._call():
                errors.append(begin)
            times_ms.append((time.perf_counter() - begin) * 1e3)

    def _call(self):
        """posix_spawn and one read: subprocess would add milliseconds of our own."""
        output, output_end = os.pipe()
        files = [(os.POSIX_SPAWN_DUP2, output_end, 1), (os.POSIX_SPAWN_OPEN, 2, "/dev/null", os.O_WRONLY, 0)]
        command = [python, "-c", self.code, '{"name": "world"}']
        pid = os.posix_spawn(python, command, self.environment, file_actions=files)
        os.close(output_end)
        with open(output, "rb") as file:
            answer = file.read()
        return os.waitpid(pid, 0)[1] == 0 and answer.endswith(b"}\n")


def _children_cpu_ms():
    use = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (use.ru_utime + use.ru_stime) * 1e3
