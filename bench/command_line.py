# What the command line adds: `kappa --help`, and `kappa fn execute` beside the same request by curl, turn by turn.
# usage: with_server.sh PROGRAM python3 command_line.py PROGRAM
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

program, server, rounds = sys.argv[1], os.environ["KAPPA_SERVER"], 100
home = tempfile.TemporaryDirectory()
environment = {"PATH": "/usr/bin:/bin", "HOME": home.name, "KAPPA_SERVER": server}


def run(*words, stdin=""):
    return subprocess.run(words, env=environment, input=stdin, text=True, capture_output=True, check=True).stdout


def ms(*words):
    begin = time.perf_counter()
    run(*words)
    return (time.perf_counter() - begin) * 1e3


for command in ("signup", "login"):
    run(program, command, "--username", "bench", "--password-stdin", stdin="correct horse\n")
run(program, "fn", "create", "hello", "-", stdin="def main(*, name): return name")
with open(home.name + "/.config/kappa/credentials.json", encoding="utf-8") as file:
    token = json.load(file)["servers"][server]["token"]
commands = {
    "a program that does nothing": ("true",),
    "kappa --help": (program, "--help"),
    "curl, the same call": ("curl", "-sS", "-H", f"Authorization: Bearer {token}", f"{server}/functions/hello?name=world"),
    "kappa fn execute": (program, "fn", "execute", "hello", "--name", "world"),
}
times = {name: [] for name in commands}
for _ in range(rounds):
    for name, words in commands.items():
        times[name].append(ms(*words))
for name, all_ms in times.items():
    print(f"{name:34} median {statistics.median(all_ms):6.2f} ms   least {min(all_ms):6.2f} ms")
