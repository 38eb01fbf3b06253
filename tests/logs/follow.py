# Log lines against a real server, over sockets that are cut at random and servers that go: every line once, in order, in
# time, whatever a function prints.
# usage: follow.py PROGRAM [SEED]
import json
import random
import signal
import subprocess
import sys
import threading
import time

from server import Follower, Server

seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1 << 30)
random.seed(seed)
failures = []
TALKER = """
import sys, time, random
def main(*, tag, count, pause=0.002):
    for i in range(count):
        print(f"{tag} {i} {'x' * random.randrange(200)}", file=random.choice((sys.stdout, sys.stderr)), flush=True)
        time.sleep(pause * random.random())
"""


def check(holds, claim, detail=""):
    if not holds:
        failures.append(f"{claim}: {detail}")


def words_of(lines):
    """(tag, number) of a talker's lines."""
    return [tuple(line["text"].split()[:2]) for line in lines if line["stream"] != "platform"]


def check_talk(lines, tags, count, claim):
    words = words_of(lines)
    check(len(words) == len(set(words)), claim, f"{len(words) - len(set(words))} lines came twice")
    for tag in tags:
        # The two channels are two pipes: only within one is there an order.
        for stream in ("stdout", "stderr"):
            numbers = [int(line["text"].split()[1]) for line in lines
                       if line["stream"] == stream and line["text"].startswith(tag + " ")]
            check(numbers == sorted(numbers), claim, f"{tag} came out of order on {stream}")
        missing = count - sum(word[0] == tag for word in words)
        check(missing == 0, claim, f"{tag} lacks {missing} lines")
    ids = [tuple(map(int, line["cursor"].split("."))) for line in lines]
    check(ids == sorted(set(ids)), claim, "cursors do not rise")


def cut_at_random(server):
    claim = "a follower that is cut at random points has every line once"
    server.create("talker", TALKER)
    start = Follower(server, "talker")
    start.run(bytes_until_cut=2000, seconds=0.5)
    tags = [f"t{n}" for n in range(6)]
    calls = [server.call_beside("talker", tag=tag, count=500) for tag in tags]
    lines, last_id, cuts = [], start.last_id, 0
    over = time.monotonic() + 60
    while len(words_of(lines)) < 500 * len(tags) and time.monotonic() < over:
        follower = Follower(server, "talker", last_id)
        follower.run(bytes_until_cut=random.randrange(1, 30_000), seconds=0.3, by_header=random.random() < 0.5)
        lines += follower.lines
        last_id = follower.last_id
        cuts += 1
    check_talk(lines, tags, 500, claim)
    check(cuts > 10, claim, f"it was cut but {cuts} times")
    for call in calls:
        call.join()
    paged = server.lines("talker")
    check({line["cursor"] for line in lines} <= {line["cursor"] for line in paged}, "pages have what was followed")
    times = [line["ts"] for line in paged[-1000:]]
    check(times == sorted(times), "a page is in the order of time")


def server_goes(server):
    claim = "kappa logs -f goes on over a server that ends and one that is killed"
    command = subprocess.Popen([server.program, "logs", "fn", "talker", "-f", "-n", "1", "-o", "ndjson"], text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=server.environment)
    command.stdout.readline()
    heard = []
    reader = threading.Thread(target=lambda: heard.extend(command.stdout), daemon=True)
    reader.start()
    tags = []
    for how in (signal.SIGTERM, signal.SIGKILL):
        tag = f"g{len(tags)}"
        tags.append(tag)
        check(server.invoke("talker", tag=tag, count=50)["status"] == "executed", claim, "a call failed")
        follower = Follower(server, "talker", "0.0.0")
        waiting = threading.Thread(target=follower.run)
        waiting.start()
        while not follower.lines:
            time.sleep(0.01)
        begin = time.monotonic()
        server.stop(how)
        waiting.join()
        if how == signal.SIGTERM:
            check(follower.ended_properly and time.monotonic() - begin < 5, "a server that drains ends its streams")
        server.start()
    tags.append("after")
    server.invoke("talker", tag="after", count=50)
    deadline = time.monotonic() + 20
    while len(heard) < 150 + 3 and time.monotonic() < deadline:
        time.sleep(0.02)
    command.terminate()
    reader.join()
    check_talk([json.loads(line) for line in heard], tags, 50, claim)


def lines_of_a_lost_call(server):
    claim = "what a call printed a moment before the server was killed is there"
    server.create("printer", "import time\ndef main():\n    print('before', flush=True)\n    time.sleep(20)\n")
    follower = Follower(server, "printer", "0.0.0")
    call = server.call_beside("printer")
    follower.run(use=lambda line: line["text"] != "before")
    server.stop(signal.SIGKILL)
    server.start()
    check([line["text"] for line in server.lines("printer")][1:] ==
          ["started", "before", "failed: runner_lost: the runner ended before the function did"], claim, server.lines("printer"))
    told = [json.loads(line["content"]) for line in server.ask("GET", "/functions/printer/logs")["logs"]]
    check([line.get("stdout") for line in told if "stdout" in line] == ["before\n"] and told[-1].get("verdict") == "runner_lost",
          "so it is where the original shows it", told)
    del call


def strange_bytes(server):
    server.create("bytes", "import os\ndef main():\n    os.write(1, bytes(range(256)))\n    os.write(2, b'\\xff\\xfe end')\n")
    server.invoke("bytes")
    text = "\n".join(line["text"] for line in server.lines("bytes") if line["stream"] == "stdout")
    expected = "".join(chr(b) if b < 128 else f"\\x{b:02x}" for b in range(256))
    check(text == expected, "every byte is kept, as itself or as its number", text)
    errors = [line["text"] for line in server.lines("bytes", "&stream=stderr")]
    check(errors == ["\\xff\\xfe end"], "bytes without a line end are a line when the call ends", errors)


def one_line_of_100_mb(server):
    cap = 16 << 20
    code = "import os\ndef main():\n    block = b'y' * (1 << 20)\n    for _ in range(100):\n        os.write(1, block)\n    return 1\n"
    server.create("long", code, output_bytes=cap)
    begin = time.monotonic()
    done = server.invoke("long")
    check(done["verdict"] == "ok" and done["output_cut"], "a function that prints a line of 100 MB runs to its end", done)
    parts = [line for line in server.lines("long") if line["stream"] == "stdout"]
    joined = "".join(line["text"] for line in parts if line["text"].strip("y") == "")
    check(joined == "y" * cap, "up to the cap not a byte of it is lost", len(joined))
    check(parts[-1]["text"] == f"[output cut at {cap} bytes]", "what was cut is marked", parts[-1]["text"][:100])
    check(all(part["continues"] for part in parts[:cap // 65536 - 1]), "its parts are marked")
    follower = Follower(server, "long", "0.0.0")
    follower.run(use=lambda line: "output cut" not in line["text"])
    check(len(follower.lines) == len(parts) + 1, "it is followed whole", len(follower.lines))
    check(server.invoke("long")["verdict"] == "ok", "the next call works")
    check(time.monotonic() - begin < 30, "it takes no more than its time")


def many_lines(server):
    server.create("many", "import os\ndef main():\n    block = b'\\n' * 100_000\n    while block:\n"
                          "        block = block[os.write(1, block):]\n    raise ValueError('no')\n")
    server.invoke("many")
    lines = server.lines("many", "&stream=stdout")
    check(len(lines) == 100_000, "many empty lines are all kept", len(lines))
    cursors = [tuple(map(int, line["cursor"].split("."))) for line in lines]
    check(cursors == sorted(set(cursors)) and max(cursor[2] for cursor in cursors) < 5000,
          "and lie in rows that are quickly gone over", cursors[-1])
    told = [json.loads(line["content"]) for line in server.ask("GET", "/functions/many/logs")["logs"]]
    check([next(iter(line)) for line in told[-2:]] == ["exec_id", "status"] and told[-1]["status"] == "failed",
          "what was printed comes before how it ended", [str(line)[:80] for line in told])


def last_words(server):
    code = ("import os, signal, sys\n"
            "def main(*, how):\n"
            "    print('line', flush=True)\n"
            "    print('last words', end='', flush=True)\n"
            "    if how == 'kill': os.kill(os.getpid(), signal.SIGKILL)\n"
            "    if how == 'exit': os._exit(3)\n"
            "    if how == 'memory': bytearray(1 << 40)\n"
            "    while True: pass\n")
    server.create("dying", code, timeout_ms=300)
    for how in ("kill", "exit", "loop", "memory"):
        done = server.invoke("dying", how=how)
        lines = [line for line in server.lines("dying", "&exec_id=" + done["exec_id"])]
        printed = [line["text"] for line in lines if line["stream"] == "stdout"]
        check(printed == ["line", "last words"], "the last words before an end are kept", (how, printed))
        told = [line["text"] for line in lines if line["stream"] == "platform"]
        check(told[0] == "started" and told[-1].startswith("failed: "), "the platform says how it ended", (how, told))


def delay(server):
    server.create("clock", "import time\ndef main():\n    for i in range(40):\n        print(time.time(), flush=True)\n"
                           "        time.sleep(0.013)\n")
    late = []

    def take(line):
        if line["stream"] == "stdout":
            late.append(time.time() - float(line["text"]))
        return len(late) < 40

    follower = Follower(server, "clock", "0.0.0")
    call = server.call_beside("clock")
    follower.run(use=take)
    call.join()
    late.sort()
    check(len(late) == 40 and late[35] < 0.2, "a line of a running call is with its followers within 200 ms", late[-5:])
    print(f"print to follower: p50 {late[20] * 1000:.1f} ms, most {late[-1] * 1000:.1f} ms")


def ends(server):
    """Those who may not follow any more are told so, and given nothing more, also while much comes."""
    server.create("endless", "import time\ndef main():\n    while True:\n        print('on', flush=True)\n        time.sleep(0.01)\n")

    def follow_until(act):
        call = server.call_beside("endless")
        follower = Follower(server, "endless", "0.0.0")
        waiting = threading.Thread(target=follower.run)
        waiting.start()
        deadline = time.monotonic() + 20
        while not any(line["text"] == "on" for line in follower.lines) and time.monotonic() < deadline:
            time.sleep(0.01)
        begin = time.monotonic()
        act()
        waiting.join()
        check(follower.ended_properly and time.monotonic() - begin < 3, f"a follower ends soon: {follower.reason}",
              f"after {time.monotonic() - begin:.1f} s, properly: {follower.ended_properly}")
        return call, follower

    token = server.token
    other = server.ask("POST", "/login", {"username": "u", "password": "correct horse"})["access_token"]

    def log_out():
        server.ask("POST", "/logout")
        server.token = other

    call, follower = follow_until(log_out)
    check(follower.reason == "the token is revoked or has expired; log in again", "it is told of its token", follower.reason)
    command = subprocess.run([server.program, "logs", "fn", "endless", "-f"], env={**server.environment, "KAPPA_TOKEN": token},
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False, timeout=20)
    check(command.returncode == 4, "kappa logs -f says that it is not logged in", command.returncode)
    server.environment["KAPPA_TOKEN"] = other
    running = server.ask("GET", "/executions?running=true")["executions"]
    for execution in running:
        server.ask("POST", f"/executions/{execution['exec_id']}/cancel")
    call.join()
    command = subprocess.Popen([server.program, "logs", "fn", "endless", "-f"], env=server.environment,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    command.stdout.readline()
    call, follower = follow_until(lambda: server.ask("DELETE", "/functions/endless"))
    check(follower.reason == "function 'endless' was deleted", "it is told of its function", follower.reason)
    _, said = command.communicate(timeout=20)
    check(command.returncode == 3 and "endless" in said and "lost" not in said, "kappa logs -f says that the function is gone",
          (command.returncode, said))
    call.join()


def end_of_an_execution(server):
    server.create("brief", "import time\ndef main():\n    print('first', flush=True)\n    time.sleep(1)\n    print('last')\n")
    call = server.call_beside("brief")
    deadline = time.monotonic() + 20
    while not (running := server.ask("GET", "/executions?running=true")["executions"]) and time.monotonic() < deadline:
        time.sleep(0.01)
    follower = Follower(server, "brief", "0.0.0")
    follower.run(query="?exec_id=" + running[0]["exec_id"])
    texts = [line["text"] for line in follower.lines]
    check(texts == ["started", "first", "last"] and follower.reason == "the execution has ended" and follower.ended_properly,
          "an execution's lines end with it, all of them", (texts, follower.reason))
    call.join()


server = Server(sys.argv[1])
try:
    for part in (cut_at_random, server_goes, lines_of_a_lost_call, strange_bytes, one_line_of_100_mb, many_lines, last_words, delay,
                 end_of_an_execution, ends):
        part(server)
    print(f"seed {seed}")
finally:
    server.end()
if failures:
    sys.exit("\n".join(failures))
