-- An execution that takes its time is told in parts, so that its lines can be followed while it runs.
ALTER TABLE output ADD COLUMN user_id INTEGER NOT NULL DEFAULT 0;  -- 0: from before it was known
ALTER TABLE output ADD COLUMN part INTEGER NOT NULL DEFAULT 0;     -- of its execution, from 0
ALTER TABLE output ADD COLUMN last INTEGER NOT NULL DEFAULT 1;     -- 1: the execution has ended
-- What the platform says of the execution: with its first part when it was asked for, with its last, unless it ended
-- well, how it ended.
ALTER TABLE output ADD COLUMN queued_at INTEGER;
ALTER TABLE output ADD COLUMN verdict TEXT;
ALTER TABLE output ADD COLUMN detail TEXT;
-- By output_id: the order of commits, which a follower goes along.
DROP INDEX output_function;
CREATE INDEX output_function ON output (fn_id);
-- What each user's rows of this day take, kept with each row, so that nobody has to count.
CREATE TABLE user_bytes (
  user_id INTEGER PRIMARY KEY,
  bytes INTEGER NOT NULL
) STRICT;
