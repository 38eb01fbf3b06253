-- Users, tokens, functions, the executions ledger, the bill, platform events.
-- Ids are 16-byte UUIDs, times microseconds since 1970-01-01 UTC, enums the names of their C++ values.

CREATE TABLE user (
  user_id INTEGER PRIMARY KEY AUTOINCREMENT,  -- never given twice: no later user inherits anything
  username TEXT NOT NULL UNIQUE,
  password_hash TEXT NOT NULL,  -- argon2id with its salt and parameters, as libsodium writes it
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE session (
  token_sha256 BLOB PRIMARY KEY,  -- the token itself is kept nowhere
  user_id INTEGER NOT NULL REFERENCES user,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_expiry ON session (expires_at);

CREATE TABLE function (
  fn_id BLOB PRIMARY KEY,
  user_id INTEGER NOT NULL REFERENCES user,
  name TEXT NOT NULL,
  version INTEGER NOT NULL,
  code_id TEXT,  -- absent until it is live
  state TEXT NOT NULL CHECK (state IN ('reserved', 'live', 'deleting', 'deleted')),
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX function_name ON function (user_id, name) WHERE state IN ('reserved', 'live');
CREATE INDEX function_unsettled ON function (created_at) WHERE state IN ('reserved', 'deleting');

CREATE TABLE event (
  event_id INTEGER PRIMARY KEY,
  fn_id BLOB NOT NULL,
  ts INTEGER NOT NULL,
  status TEXT NOT NULL
) STRICT;
CREATE INDEX event_function ON event (fn_id, ts);

-- A runner's present life: only its holder starts and ends executions there.
CREATE TABLE runner (
  runner TEXT PRIMARY KEY,
  lease BLOB NOT NULL,
  taken_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- One row an execution, holding its newest attempt. It refers to no other table: the ledger outlives
-- what it tells of. What is not known before the end is NULL until then.
CREATE TABLE execution (
  exec_id BLOB PRIMARY KEY,
  attempt INTEGER NOT NULL,
  runner TEXT NOT NULL,
  lease BLOB NOT NULL,
  fn_id BLOB NOT NULL,
  user_id INTEGER NOT NULL,
  fn_name TEXT NOT NULL,
  fn_version INTEGER NOT NULL,
  timeout_ms INTEGER NOT NULL,
  memory_mb INTEGER NOT NULL,
  queued_at INTEGER NOT NULL,
  started_at INTEGER,
  ended_at INTEGER,
  verdict TEXT,
  detail TEXT,
  wall_us INTEGER,
  queued_us INTEGER,
  cpu_us INTEGER,
  peak_memory_kb INTEGER,
  output_cut INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX execution_function ON execution (fn_id, queued_at);
CREATE INDEX execution_failed ON execution (fn_id, ended_at) WHERE verdict <> 'ok';
CREATE INDEX execution_open ON execution (runner) WHERE verdict IS NULL;

-- The bill, written with each outcome and never lowered: deleting a function leaves it.
CREATE TABLE usage (
  user_id INTEGER NOT NULL,
  fn_id BLOB NOT NULL,
  day INTEGER NOT NULL,  -- since 1970-01-01 UTC, of the executions' end
  fn_name TEXT NOT NULL,
  executions INTEGER NOT NULL,
  wall_us INTEGER NOT NULL,
  mb_us INTEGER NOT NULL,  -- memory limit times wall time; GB-seconds are this / 1024 / 1e6
  PRIMARY KEY (user_id, fn_id, day)
) STRICT, WITHOUT ROWID;
