# Another process holds the database of users and executions locked for ten seconds: calls are refused in time, and no
# execution is left without its end, reads are answered, /health says so, and all is well again afterwards.
# usage: locked.py PROGRAM
import os
import sqlite3
import sys
import threading
import time
from asking import GREETER, SLEEPER, Report, account_is_whole, ask, invoke, new_folder, until
from kept import KeptServer, damage

LOCKED_S = 10
ANSWERED_S = 4  # a writer waits a second for a lock, and may have begun to wait for another before


def main():
    report, (folder, data) = Report(), new_folder()
    server = KeptServer(sys.argv[1], data)
    server.start()
    client = server.sign_up("ada")
    client.create("greeter", GREETER)
    client.create("sleeper", SLEEPER)
    running = []
    thread = threading.Thread(target=lambda: running.append(invoke(client, "sleeper")))
    thread.start()
    until(lambda: any(not row.get("verdict") for row in client.must("GET", "/executions")["executions"]))
    other = sqlite3.connect(os.path.join(data, "data.db"), isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    end = time.monotonic() + LOCKED_S
    thread.join()
    report.expect("a call under way is told that it ran and was not recorded",
                  running[0].status == 502 and running[0].json["verdict"] == "runner_lost"
                  and b"not be recorded" in running[0].text, running[0])
    slowest, refusals, reads_wrong = 0.0, [], []
    while time.monotonic() < end:
        call = invoke(client, "greeter")
        refusals.append(call)
        slowest = max(slowest, call.took_s)
        reads_wrong += [str(reply) for reply in (ask(client, "GET", "/executions"), ask(client, "GET", "/bill")) if reply.status != 200]
    report.expect("all calls are refused with 503 and Retry-After",
                  all(call.status == 503 and call.fields["Retry-After"] for call in refusals), refusals[0])
    report.expect("the reason names the file and what to do",
                  all(b"data.db is locked by another process" in call.text for call in refusals), refusals[0])
    report.expect("none ran", not any(b"the function ran" in call.text for call in refusals))
    report.expect(f"each within {ANSWERED_S} s", slowest < ANSWERED_S, f"{slowest:.1f} s")
    report.expect("reads are answered", not reads_wrong, reads_wrong[:3])
    health = ask(client, "GET", "/health")
    report.expect("/health is 503 with a reason", health.status == 503 and "locked" in health.json["reason"], health)
    other.execute("ROLLBACK")
    other.close()
    report.expect("afterwards /health is 200", until(lambda: ask(client, "GET", "/health").status == 200))
    report.expect("calls run again", invoke(client, "greeter").status == 200)
    report.expect("the account is whole", *until(lambda: (state := account_is_whole(client))[0] and state) or account_is_whole(client))
    rows = client.must("GET", "/executions")["executions"]
    report.expect("what was not recorded is lost, and not billed",
                  [(row["exec_id"], row["verdict"]) for row in rows if row["fn"] == "sleeper"]
                  == [(running[0].json["exec_id"], "runner_lost")], rows)
    client.close()
    report.expect("nothing is damaged", damage(data) == [], damage(data))
    report.expect("it ends properly", server.stop() == 0)
    report.end(server, folder)


main()
