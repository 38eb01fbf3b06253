# A disk that fills up: calls are refused before they run, what runs is recorded, reads are answered, /health says so; and
# all is well again, without a restart, once there is room.
# usage: full_disk.py PROGRAM; 77: no small disk can be had here
import os
import subprocess
import sys
import threading
from asking import GREETER, REFUSED_S, SLEEPER, Report, account_is_whole, ask, invoke, new_folder, until
from kept import KeptServer, damage, orphans

DISK_MB, NEARLY_FULL_MB, SKIPPED = 64, 8, 77


class Disk:
    """A file system of its own, with ballast."""

    def __init__(self, at):
        self.at, self.ballast = at, os.path.join(at, "ballast")
        os.mkdir(at)
        told = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", at], capture_output=True, check=False)
        if told.returncode != 0:
            print(f"skipped: a small disk needs root ({told.stderr.decode().strip()})")
            sys.exit(SKIPPED)

    def fill(self, but_bytes=0):
        with open(self.ballast, "ab", buffering=0) as file:
            try:
                while self.free() > but_bytes:
                    file.write(bytes(min(1 << 16, max(self.free() - but_bytes, 1))))
            except OSError:  # full to the last page
                pass

    def free(self):
        disk = os.statvfs(self.at)
        return disk.f_bavail * disk.f_frsize

    def empty(self):
        os.unlink(self.ballast)

    def unmount(self):
        subprocess.run(["umount", "-l", self.at], check=True)


def refused(report, what, reply):
    report.expect(f"{what} is refused with 503 and Retry-After", reply.status == 503 and reply.fields["Retry-After"], reply)
    report.expect(f"{what} says what to do", b"free some space" in reply.text, reply)


def while_full(report, client, how):
    """No call runs, and what only reads goes on."""
    before = client.must("GET", "/bill")["total"]
    for _ in range(5):
        call = invoke(client, "sleeper")
        refused(report, f"{how}: a call", call)
        report.expect(f"{how}: it did not run", call.took_s < REFUSED_S, call)
    refused(report, f"{how}: a creation", ask(client, "POST", "/functions/", {"name": "late", "code": GREETER}))
    health = ask(client, "GET", "/health")
    report.expect(f"{how}: /health is 503 with a reason", health.status == 503 and health.json["ready"] is False
                  and "free some space" in health.json["reason"], health)
    for path in ("/functions/", "/functions/greeter/code", "/functions/greeter/logs/", "/executions", "/bill", "/user/me"):
        reply = ask(client, "GET", path)
        report.expect(f"{how}: GET {path}", reply.status == 200, reply)
    report.expect(f"{how}: nothing was billed", client.must("GET", "/bill")["total"] == before)


def main():
    report, (folder, _) = Report(), new_folder()
    disk = Disk(os.path.join(folder, "disk"))
    server = KeptServer(sys.argv[1], os.path.join(disk.at, "data"))
    server.log_path = os.path.join(folder, "log")
    server.start()
    client, pid = server.sign_up("ada"), server.process.pid
    client.create("greeter", GREETER)
    client.create("sleeper", SLEEPER)
    report.expect("a call", invoke(client, "greeter").status == 200)
    report.expect("/health is 200 and ready", ask(client, "GET", "/health").json["ready"] is True)

    running = []
    threads = [threading.Thread(target=lambda: running.append(invoke(client, "sleeper"))) for _ in range(3)]
    for thread in threads:
        thread.start()
    until(lambda: sum(not row.get("verdict") for row in client.must("GET", "/executions")["executions"]) == len(threads))
    disk.fill(NEARLY_FULL_MB << 20)
    while_full(report, client, "nearly full")
    for thread in threads:
        thread.join()
    report.expect("what ran by then was recorded", all(reply.status == 200 for reply in running),
                  [str(reply) for reply in running])

    disk.fill()
    while_full(report, client, f"full but for {disk.free()} bytes")
    disk.empty()
    health = until(lambda: ask(client, "GET", "/health").status == 200)
    report.expect("with room again /health is 200", health)
    report.expect("calls run again", invoke(client, "greeter").status == 200)
    report.expect("functions are created again", ask(client, "POST", "/functions/", {"name": "new", "code": GREETER}).status == 200)
    report.expect("without a restart", server.process.poll() is None and server.process.pid == pid)
    report.expect("the account is whole", *account_is_whole(client))
    client.close()
    report.expect("it ends properly", server.stop() == 0)
    server.start()
    report.expect("nothing is damaged or left", damage(server.data) + orphans(server.data) == [], damage(server.data))
    server.stop()
    disk.unmount()
    report.end(server, folder)


main()
