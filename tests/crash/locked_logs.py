# Another process holds the day's file of logs locked for ten seconds: no byte of what calls printed is lost, and calls that
# come meanwhile are refused before they run. Then the file's pages are damaged while it is in use: what is printed goes on
# into another.
# usage: locked_logs.py PROGRAM
import os
import sqlite3
import sys
import threading
import time
from asking import Report, ask, invoke, new_folder, until
from kept import KeptServer, databases

LOCKED_S = 10
TALKER = ("import time\ndef main(*, tag, count=40):\n    for i in range(count):\n        print(tag, i, flush=True)\n"
          "        time.sleep(0.02)\n")
QUIET = "def main():\n    return 1\n"


def texts(client, name):
    return [line["text"] for line in ask(client, "GET", f"/functions/{name}/lines?stream=stdout").json["lines"]]


def whole(client, tags, count=40):
    found = texts(client, "talker")
    return [f"{tag} lacks {i}" for tag in tags for i in range(count) if found.count(f"{tag} {i}") != 1]


def locked(report, client, day):
    other = sqlite3.connect(day, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    end = time.monotonic() + LOCKED_S
    tags, replies = ["a", "b", "c"], []
    threads = [threading.Thread(target=lambda tag=tag: replies.append(invoke(client, "talker", {"tag": tag}))) for tag in tags]
    for thread in threads:
        thread.start()
    refused = until(lambda: (call := invoke(client, "quiet")).status == 503 and call)
    report.expect("a call meanwhile is refused with 503, Retry-After and the file's name",
                  refused and refused.fields["Retry-After"] and "is locked by another process" in refused.json["detail"]
                  and "nothing was run" in refused.json["detail"], refused)
    health = ask(client, "GET", "/health")
    report.expect("/health is 503 with the reason", health.status == 503 and "locked" in health.json["reason"], health)
    report.expect("reads are answered", ask(client, "GET", "/functions/talker/lines").status == 200)
    time.sleep(max(0, end - time.monotonic()))
    other.execute("ROLLBACK")
    other.close()
    for thread in threads:
        thread.join()
    report.expect("calls under way end well, with all that they printed",
                  all(call.status == 200 and not call.json["output_cut"] for call in replies), replies)
    report.expect("no line of theirs is lost or doubled", whole(client, tags) == [], whole(client, tags)[:5])
    report.expect("calls run again", until(lambda: invoke(client, "quiet").status == 200))
    report.expect("/health is 200", ask(client, "GET", "/health").status == 200)


def damaged(report, server, client, day):
    """Its pages but the first become rubbish; the log is emptied before, so that they are read."""
    other = sqlite3.connect(day, isolation_level=None)
    other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    other.close()
    with open(day, "r+b") as file:
        size = file.seek(0, os.SEEK_END)
        for at in range(4096, size, 4096):
            file.seek(at)
            file.write(b"\xa5" * 4096)
    replies = [invoke(client, "talker", {"tag": "d0", "count": 30})] + [invoke(client, "quiet") for _ in range(3)]
    replies += [invoke(client, "talker", {"tag": f"d{i}", "count": 3}) for i in (1, 2)]
    report.expect("on a damaged file: calls end well, with all that they printed",
                  all(call.status == 200 and not call.json["output_cut"] for call in replies), replies[0])
    report.expect("on a damaged file: what they printed is there", whole(client, ["d0"], 30) + whole(client, ["d1", "d2"], 3) == [],
                  texts(client, "talker"))
    report.expect("on a damaged file: within three seconds each", max(call.took_s for call in replies) < 3, [call.took_s for call in replies])
    report.expect("on a damaged file: it is set aside, and told", os.path.exists(day + ".damaged")
                  and ".damaged" in str(ask(client, "GET", "/health").json["warnings"]), server.log())


def main():
    report, (folder, data) = Report(), new_folder()
    server = KeptServer(sys.argv[1], data)
    server.start()
    client = server.sign_up("ada")
    client.create("talker", TALKER)
    client.create("quiet", QUIET)
    invoke(client, "talker", {"tag": "first", "count": 1})
    day = databases(data)[2]
    locked(report, client, day)
    damaged(report, server, client, day)
    client.close()
    report.expect("it ends properly", server.stop() == 0)
    report.end(server, folder)


main()
