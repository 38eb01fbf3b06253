-- Source by its hash, and who needs it.

CREATE TABLE code (
  code_id TEXT NOT NULL PRIMARY KEY,  -- SHA-256 of body, hex
  body BLOB NOT NULL,
  size_bytes INTEGER NOT NULL
) STRICT;

CREATE TABLE holder (
  fn_id BLOB PRIMARY KEY,
  code_id TEXT NOT NULL REFERENCES code
) STRICT, WITHOUT ROWID;
CREATE INDEX holder_code ON holder (code_id);
