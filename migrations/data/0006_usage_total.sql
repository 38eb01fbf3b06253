-- The bill over all time: what the days of `usage` add up to, written with them. So it is read by as many rows as a user
-- has names of functions, however many days they ran.
CREATE TABLE usage_total (
  user_id INTEGER NOT NULL,
  fn_name TEXT NOT NULL,
  executions INTEGER NOT NULL,
  PRIMARY KEY (user_id, fn_name)
) STRICT, WITHOUT ROWID;
INSERT INTO usage_total SELECT user_id, fn_name, SUM(executions) FROM usage GROUP BY user_id, fn_name;
