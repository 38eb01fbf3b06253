-- What functions printed on one UTC day, one row an execution.

-- pieces: for each piece its time minus ts (zigzag varint), 2 x its bytes + 1 if it is stderr
-- (varint), its bytes. Varints are LEB128: seven bits a byte, lowest first, high bit set on all but
-- the last.
CREATE TABLE output (
  output_id INTEGER PRIMARY KEY,
  fn_id BLOB NOT NULL,
  exec_id BLOB NOT NULL,
  ts INTEGER NOT NULL,  -- when the last of it was in
  pieces BLOB NOT NULL
) STRICT;
CREATE INDEX output_function ON output (fn_id, ts);
CREATE UNIQUE INDEX output_execution ON output (exec_id, ts);
