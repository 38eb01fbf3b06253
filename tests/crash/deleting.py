# A function is deleted while its calls run: each of them has one end, and nothing that they printed is left.
# usage: deleting.py PROGRAM
import sys
import threading
from asking import Report, account_is_whole, invoke, new_folder, until
from kept import KeptServer, orphans

ROUNDS, CALLS = 10, 3
CODE = "import time\ndef main():\n    print('canary', flush=True)\n    time.sleep(20)\n"


def main():
    report, (folder, data) = Report(), new_folder()
    server = KeptServer(sys.argv[1], data)
    server.start()
    client = server.sign_up("ada")
    for _ in range(ROUNDS):
        client.create("f", CODE)
        threads = [threading.Thread(target=invoke, args=(client, "f")) for _ in range(CALLS)]
        for thread in threads:
            thread.start()
        until(lambda: sum(not row.get("verdict") for row in client.must("GET", "/executions?limit=50")["executions"]) == CALLS)
        client.delete("f")
        for thread in threads:
            thread.join()
    verdicts = {row["verdict"] for row in client.must("GET", "/executions?limit=1000")["executions"]}
    report.expect("its calls are cancelled", verdicts == {"cancelled"}, verdicts)
    report.expect("the account is whole", *account_is_whole(client))
    report.expect("nothing is left of it", orphans(data) == [], orphans(data)[:5])
    client.close()
    report.expect("it ends properly", server.stop() == 0)
    report.end(server, folder)


main()
