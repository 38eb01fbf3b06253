"""A ledger as years of use leave it: millions of executions of thousands of functions, written by SQL."""

import sqlite3

day_us = 24 * 3600 * 1_000_000
verdicts = ("error", "timeout", "out_of_memory", "crashed", "exited", "bad_result", "cancelled", "runner_lost")


def uuid7(us, number):
    """As Kappa makes them, but counted instead of random."""
    return ((us // 1000) << 80 | 0x7 << 76 | 0x2 << 62 | number).to_bytes(16, "big")


def _functions(database, count, owner, code_id, now_us):
    """One in ten is the owner's; the owner's first is called 'busy'."""
    others = 100
    users = [(f"user-{i}", "-", now_us) for i in range(others)]
    database.executemany("INSERT INTO user (username, password_hash, created_at) VALUES (?, ?, ?)", users)
    first = database.execute("SELECT user_id FROM user WHERE username = 'user-0'").fetchone()[0]
    for i in range(count):
        name = "busy" if i == 0 else f"fn-{i}"
        user_id = owner if i % 10 == 0 else first + i % others
        fn_id = uuid7(now_us - 40 * day_us, i)
        values = (fn_id, user_id, name, code_id, now_us - 40 * day_us)
        database.execute(
            "INSERT INTO function (fn_id, user_id, name, version, code_id, state, created_at) "
            "VALUES (?, ?, ?, 1, ?, 'live', ?)", values)
        database.execute("INSERT INTO filled VALUES (?, ?, ?, ?)", (i, fn_id, user_id, name))


def _executions(database, count, functions, now_us):
    """Over thirty days; one in ten is busy's, three in a hundred went wrong, each in its turn."""
    step_us = 30 * day_us // count
    database.create_function("id_of", 1, lambda i: uuid7(now_us - (count - i) * step_us, i), deterministic=True)
    turns = " ".join(f"WHEN {i} THEN '{verdict}'" for i, verdict in enumerate(verdicts))
    database.execute(
        f"""
        WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {count}),
        call AS (SELECT i, {now_us} - ({count} - i) * {step_us} AS ts, (i * 2654435761 >> 8) AS hash FROM n)
        INSERT INTO execution (exec_id, attempt, runner, lease, fn_id, user_id, fn_name, fn_version, timeout_ms,
            memory_mb, queued_at, started_at, ended_at, verdict, detail, wall_us, queued_us, cpu_us, peak_memory_kb,
            output_cut, cpu_ms, processes, open_files, file_mb, scratch_mb, output_bytes, result_bytes, start_us)
        SELECT id_of(i), 1, 'local', zeroblob(16), fn_id, user_id, name, 1, 30000, 256, ts, ts + 40, ts + 900,
            CASE WHEN hash % 100 < 97 THEN 'ok' ELSE CASE hash / 100 % 8 {turns} END END, '', 800, 20, 900, 9000, 0,
            30000, 64, 256, 64, 64, 1048576, 6291456, 40
        FROM call CROSS JOIN filled ON filled.number = CASE WHEN i % 10 = 0 THEN 0 ELSE hash % {functions} END
        """)


def _usage(database, now_us):
    """A row a function and day, and one over all time, as the calls would have left them."""
    today = now_us // day_us
    database.execute(
        f"""
        WITH RECURSIVE d(day) AS (SELECT {today - 30} UNION ALL SELECT day + 1 FROM d WHERE day < {today - 1})
        INSERT INTO usage (user_id, fn_id, day, fn_name, executions, wall_us, mb_us)
        SELECT user_id, fn_id, day, name, 30 + number % 7, 30000, 7680000 FROM filled CROSS JOIN d
        """)
    database.execute("INSERT INTO usage_total SELECT user_id, fn_name, SUM(executions) FROM usage GROUP BY 1, 2")


def fill(path, executions, functions, owner, code_id, now_us):
    """Fills a ledger that no server has open. Indexes are made afterwards, which is many times faster."""
    database = sqlite3.connect(path)
    database.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; "
                           "PRAGMA cache_size = -1000000; PRAGMA temp_store = MEMORY")
    owner_id = database.execute("SELECT user_id FROM user WHERE username = ?", (owner,)).fetchone()[0]
    named = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'execution' AND sql IS NOT NULL"
    indexes = database.execute(named).fetchall()
    for name, _ in indexes:
        database.execute(f"DROP INDEX {name}")
    database.execute("CREATE TEMP TABLE filled (number INTEGER PRIMARY KEY, fn_id, user_id, name)")
    with database:
        _functions(database, functions, owner_id, code_id, now_us)
        _executions(database, executions, functions, now_us)
        _usage(database, now_us)
    for _, sql in indexes:
        database.execute(sql)
    database.execute("PRAGMA journal_mode = WAL")
    database.close()
