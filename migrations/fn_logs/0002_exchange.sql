-- What executions were given and what they gave back, beside what they printed: erased and forgotten with that. By
-- function, so that an execution's row costs one page and erasing a function's needs no index.
CREATE TABLE exchange (
  fn_id BLOB NOT NULL,
  exec_id BLOB NOT NULL,
  input TEXT,  -- the arguments, a JSON object; NULL: longer than is kept
  input_bytes INTEGER NOT NULL,
  output TEXT,  -- the result as JSON; NULL: longer than is kept, or there is none
  output_bytes INTEGER NOT NULL,  -- 0: there is none, for the call failed
  PRIMARY KEY (fn_id, exec_id)
) STRICT, WITHOUT ROWID;
