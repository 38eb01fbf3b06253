# A data folder as Kappa 0.1.0 left it: its schema, with a user, functions, executions, the bill, logs.
import datetime
import glob
import hashlib
import os
import sqlite3
import uuid

TOKEN = "kappa_" + "A" * 43
CODE = "def main():\n    print('again')\n    return 'hello'\n"
DAY_US = 24 * 3600 * 1_000_000
EXECUTIONS = 200  # of each day
DAYS = (0, 3)  # ago


def uuid_at(us, number):
    """A UUIDv7."""
    return (us // 1000).to_bytes(6, "big") + bytes([0x70, number % 256, 0x80]) + hashlib.sha256(b"%d %d" % (us, number)).digest()[:7]


def newest_version(project, module):
    return len(glob.glob(os.path.join(project, "migrations", module, "*.sql")))


def make_database(path, project, module):
    """At the module's first schema, as its program writes it down."""
    with open(os.path.join(project, "migrations", module, "0001_initial.sql"), encoding="utf-8") as file:
        script = file.read()
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("CREATE TABLE schema_migration (n INTEGER PRIMARY KEY, name TEXT NOT NULL, sha256 TEXT NOT NULL, "
               "applied_at INTEGER NOT NULL) STRICT")
    db.executescript(script)
    db.execute("INSERT INTO schema_migration VALUES (1, '0001_initial.sql', ?, 1)", [hashlib.sha256(script.encode()).hexdigest()])
    db.execute("BEGIN")
    return db


def end(db):
    db.execute("COMMIT")
    db.close()


def printed(text):
    """The column output.pieces, of one piece at the row's time."""
    assert len(text) < 64
    return bytes([0, 2 * len(text)]) + text


def make_old_folder(data, project, now_us):
    os.makedirs(os.path.join(data, "fn_logs"), mode=0o700)
    live, gone = uuid_at(now_us - 5 * DAY_US, 1), uuid_at(now_us - 5 * DAY_US, 2)
    code_id = hashlib.sha256(CODE.encode()).hexdigest()

    db = make_database(os.path.join(data, "fn_code.db"), project, "fn_code")
    db.execute("INSERT INTO code VALUES (?, ?, ?)", [code_id, CODE.encode(), len(CODE)])
    db.execute("INSERT INTO holder VALUES (?, ?)", [live, code_id])
    end(db)

    db = make_database(os.path.join(data, "data.db"), project, "data")
    db.execute("INSERT INTO user VALUES (1, 'ada', 'none', 1)")
    db.execute("INSERT INTO session VALUES (?, 1, 1, ?)", [hashlib.sha256(TOKEN.encode()).digest(), now_us + 30 * DAY_US])
    db.execute("INSERT INTO function VALUES (?, 1, 'hello', 1, ?, 'live', 1)", [live, code_id])
    db.execute("INSERT INTO function VALUES (?, 1, 'gone', 1, ?, 'deleted', 1)", [gone, code_id])
    db.execute("INSERT INTO event (fn_id, ts, status) VALUES (?, 1, 'created')", [live])
    lease = uuid.uuid4().bytes
    for day in DAYS:
        begin_us = now_us - day * DAY_US - EXECUTIONS * 1000
        name = datetime.datetime.fromtimestamp(begin_us / 1e6, datetime.timezone.utc).strftime("fn_logs-%Y-%m-%d.db")
        logs = make_database(os.path.join(data, "fn_logs", name), project, "fn_logs")
        for number in range(EXECUTIONS):
            at_us, verdict = begin_us + number * 1000, "error" if number % 10 == 0 else "ok"
            exec_id = uuid_at(at_us, number)
            db.execute("INSERT INTO execution VALUES (?, 1, 'local', ?, ?, 1, 'hello', 1, 1000, 128, ?, ?, ?, ?, ?, 1000, 10, 500, "
                       "9000, 0)", [exec_id, lease, live, at_us, at_us, at_us + 500, verdict, "" if verdict == "ok" else "no"])
            logs.execute("INSERT INTO output (fn_id, exec_id, ts, pieces) VALUES (?, ?, ?, ?)",
                         [live, exec_id, at_us + 500, printed(b"day %d number %d\n" % (day, number))])
        db.execute("INSERT INTO usage VALUES (1, ?, ?, 'hello', ?, ?, ?)",
                   [live, begin_us // DAY_US, EXECUTIONS, EXECUTIONS * 1000, EXECUTIONS * 1000 * 128])
        end(logs)
    db.execute("INSERT INTO usage VALUES (1, ?, ?, 'gone', 7, 7000, 7000)", [gone, now_us // DAY_US - 4])
    end(db)
