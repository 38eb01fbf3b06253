-- Whose each exchange is, so that it counts among what its user has and goes when that is too much.
ALTER TABLE exchange ADD COLUMN user_id INTEGER NOT NULL DEFAULT 0;  -- 0: from before it was known
-- Rows from before are their function's owner's, where this day has a row of that function which knows him; the others
-- stay nobody's, and go with their day.
CREATE TEMP TABLE owner AS SELECT fn_id, max(user_id) AS user_id FROM output WHERE user_id <> 0 GROUP BY fn_id;
UPDATE output SET user_id = owner.user_id FROM temp.owner WHERE output.fn_id = owner.fn_id AND output.user_id = 0;
UPDATE exchange SET user_id = owner.user_id FROM temp.owner WHERE exchange.fn_id = owner.fn_id;
DROP TABLE temp.owner;
-- A user's, the oldest first: exec_id is a UUIDv7, so its order is that of time.
CREATE INDEX exchange_user ON exchange (user_id, exec_id);
-- What a row takes beside its texts: src/fn_logs/user_bytes.hpp.
DELETE FROM user_bytes;
INSERT INTO user_bytes SELECT user_id, sum(bytes) FROM (
  SELECT user_id, length(pieces) + 160 AS bytes FROM output
  UNION ALL
  SELECT user_id, iif(input IS NULL, 0, input_bytes) + iif(output IS NULL, 0, output_bytes) + 100 FROM exchange
) WHERE user_id <> 0 GROUP BY user_id;
