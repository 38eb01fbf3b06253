# A day's file of logs that is no database any more: Kappa starts, sets it aside, says so, and goes on with another. Without
# its users or its code it does not start, and says which file and what to do.
# usage: damaged_day.py PROGRAM
import json
import os
import shutil
import subprocess
import sys
import time
from asking import GREETER, Report, ask, invoke, new_folder
from kept import Ended, KeptServer

DAY_S = 24 * 3600


def day_file(data, days_ago=0):
    return os.path.join(data, "fn_logs", time.strftime("fn_logs-%Y-%m-%d.db", time.gmtime(time.time() - days_ago * DAY_S)))


def spoil(path):
    with open(path, "r+b") as file:
        file.write(b"\xa5" * 4096)


def doctor(program, server, *words):
    told = subprocess.run([program, "doctor", "-o", "json", *words], capture_output=True, text=True, check=False,
                          env={**os.environ, "KAPPA_SERVER": f"http://{server.address}", "HOME": server.data})
    return [check for check in json.loads(told.stdout)["checks"] if check["state"] != "ok"]


def a_day(report, program, days_ago):
    what = "today's" if days_ago == 0 else "yesterday's"
    folder, data = new_folder()
    server = KeptServer(program, data)
    server.start()
    client = server.sign_up("ada")
    client.create("hello", GREETER)
    report.expect(f"{what}: a call is served", invoke(client, "hello").status == 200)
    server.stop()
    path = day_file(data, days_ago)
    if days_ago:
        os.rename(day_file(data), path)
    spoil(path)
    with open(path, "rb") as file:
        before = file.read()
    server.start()
    client.address = server.address
    report.expect(f"{what}: a call is served again", invoke(client, "hello").status == 200)
    lines = ask(client, "GET", "/functions/hello/lines")
    texts = [line["text"] for line in lines.json["lines"]] if lines.status == 200 else lines
    report.expect(f"{what}: what is printed from then on is there", texts == ["created", "started", "hello to the log"], texts)
    with open(path + ".damaged", "rb") as file:
        report.expect(f"{what}: the damaged file is kept as it was", file.read() == before)
    aside = os.path.basename(path) + ".damaged"
    report.expect(f"{what}: the log says so", aside in server.log() and " error " in server.log(), server.log())
    health = ask(client, "GET", "/health")
    report.expect(f"{what}: /health is ready, and says so", health.status == 200 and aside in str(health.json["warnings"]), health)
    for words in ((), ("--data", data)):
        found = doctor(program, server, *words)
        report.expect(f"{what}: kappa doctor {' '.join(words[:1])} says so", any(aside in str(check) for check in found), found)
    report.expect(f"{what}: the function can be deleted", ask(client, "DELETE", "/functions/hello").status == 200)
    report.expect(f"{what}: it is erased at once", "not erased yet" not in server.log(), server.log())
    server.stop()
    spoil(path)
    server.start()
    report.expect(f"{what}: a second one stands beside the first", days_ago or os.path.exists(path + ".damaged.2"))
    server.kill()
    return folder


def without(report, program, name):
    folder, data = new_folder()
    server = KeptServer(program, data)
    server.start()
    server.stop()
    spoil(os.path.join(data, name))
    try:
        server.start()
        report.expect(f"it does not start on a damaged {name}", False)
    except Ended as ended:
        told = str(ended)
        report.expect(f"it does not start on a damaged {name}, and says what to do",
                      f"{data}/{name} is damaged" in told and f"kappa restore BACKUP --data {data} --replace" in told
                      and f"kappa doctor --data {data}" in told, told)
    shutil.rmtree(folder)


def main():
    report, program = Report(), os.path.abspath(sys.argv[1])
    for days_ago in (0, 1):
        shutil.rmtree(a_day(report, program, days_ago))
    for name in ("data.db", "fn_code.db"):
        without(report, program, name)
    sys.exit(1 if report.failed else 0)


main()
