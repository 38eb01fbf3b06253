# A damaged page in each of the files: whoever needs it is refused with a message that names the file and what to do; other
# functions work, and nobody is given something wrong.
# usage: corrupt.py PROGRAM
import glob
import os
import sys
from asking import GREETER, Report, ask, invoke, new_folder
from kept import KeptServer

PAGE = 4096
OTHERS_CODE = "def main():\n    print('the other')\n    return 'other'\n"
PADDING = "#" + "x" * 3 * PAGE  # its code then fills pages of its own
WHAT_TO_DO = b"restore a copy"


def mark(word):
    """Code or output that is found again in a file, on a page that holds nothing else."""
    return "# " + word * (3 * PAGE // len(word)) + "\n"


def spoil(path, word, what):
    """Overwrites every page that begins with or lies within what `word` marks, as a failing disk might."""
    with open(path, "r+b") as file:
        content = file.read()
        pages = {at // PAGE for at in range(0, len(content), PAGE) if content[at:at + PAGE].count(word.encode()) * len(word) > what}
        assert pages, f"{word} is not in {path}"
        for page in pages:
            file.seek(page * PAGE)
            file.write(bytes([0xA5]) * PAGE)
    return len(pages)


def page_of(path, word):
    """Spoils the one page that holds a row with `word` in it."""
    with open(path, "r+b") as file:
        content = file.read()
        pages = sorted({at for at in range(0, len(content), PAGE) if word.encode() in content[at:at + PAGE]})
        assert pages, f"{word} is not in {path}"
        for at in pages:
            file.seek(at)
            file.write(bytes([0xA5]) * PAGE)


def names(reply, file):
    return reply.status in (500, 503) and file.encode() in reply.text and WHAT_TO_DO in reply.text


def others_work(report, client, what):
    call = invoke(client, "other")
    report.expect(f"{what}: another function works", call.status == 200 and call.json["output"] == "other", call)


def main():
    report, (folder, data) = Report(), new_folder()
    server = KeptServer(sys.argv[1], data)
    server.start()
    client = server.sign_up("ada")
    client.create("marked", GREETER + mark("canary-of-code"))
    client.create("other", OTHERS_CODE)
    client.create("talker", f"def main():\n    print({mark('canary-of-output')!r})\n")
    bob = server.sign_up("bob")
    bob.create("function-of-bob", OTHERS_CODE)
    for _ in range(3):
        for name in ("marked", "other", "talker"):
            report.expect(f"{name} runs", invoke(client, name).status == 200)
    for _ in range(60):
        invoke(bob, "function-of-bob")
    report.expect("it ends properly", server.stop() == 0)

    spoil(os.path.join(data, "fn_code.db"), "canary-of-code", PAGE // 2)
    server.start()
    client.address = bob.address = server.address
    call = invoke(client, "marked")
    report.expect("fn_code.db: a call of the function is refused, with the file's name and what to do", names(call, "fn_code.db"), call)
    code = ask(client, "GET", "/functions/marked/code")
    report.expect("fn_code.db: so is reading its code", names(code, "fn_code.db"), code)
    others_work(report, client, "fn_code.db")
    created = ask(client, "POST", "/functions/", {"name": "new", "code": OTHERS_CODE + "# new"})
    report.expect("fn_code.db: functions are created", created.status == 200, created)
    report.expect("fn_code.db: the damaged function can be deleted", ask(client, "DELETE", "/functions/marked").status == 200)

    server.stop()
    day = glob.glob(os.path.join(data, "fn_logs", "*.db"))[0]
    spoil(day, "canary-of-output", PAGE // 2)
    server.start()
    client.address = bob.address = server.address
    logs = ask(client, "GET", "/functions/talker/logs/")
    report.expect("day file: reading the logs is refused, with the file's name and what to do", names(logs, os.path.basename(day)), logs)
    others_work(report, client, "day file")
    logs = ask(client, "GET", "/functions/other/logs/")
    report.expect("day file: another function's logs are read", logs.status == 200 and b"the other" in logs.text, logs)

    server.stop()
    page_of_ledger(os.path.join(data, "data.db"))
    server.start()
    client.address = bob.address = server.address
    listed = ask(bob, "GET", "/executions?limit=1000")
    report.expect("data.db: a listing that needs the page is refused, with the file's name and what to do", names(listed, "data.db"), listed)
    others_work(report, client, "data.db")
    client.close()
    bob.close()
    report.end(server, folder)


def page_of_ledger(path):
    """Spoils a page that holds nothing but executions of bob's function: of the table, for its index has no ends' times."""
    with open(path, "r+b") as file:
        content = file.read()
        pages = [at for at in range(PAGE, len(content), PAGE) if content[at:at + PAGE].count(b"function-of-bob") > 10
                 and content[at:at + PAGE].count(b"localfunction") == 0 and b"other" not in content[at:at + PAGE]]
        at = max(pages, key=lambda at: content[at:at + PAGE].count(b"function-of-bobok"))
        file.seek(at)
        file.write(bytes([0xA5]) * PAGE)


main()
