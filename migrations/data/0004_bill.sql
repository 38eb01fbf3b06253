-- What a bill also tells: billed executions that did not end ok, and processor time.
ALTER TABLE usage ADD COLUMN errors INTEGER NOT NULL DEFAULT 0;
ALTER TABLE usage ADD COLUMN cpu_us INTEGER NOT NULL DEFAULT 0;
-- Of the executions that the ledger still has, in one pass over them.
UPDATE usage SET errors = ended.errors, cpu_us = ended.cpu_us
FROM (
  SELECT user_id, fn_id, ended_at / 86400000000 AS day, SUM(verdict <> 'ok') AS errors, SUM(cpu_us) AS cpu_us
  FROM execution WHERE verdict <> 'runner_lost' GROUP BY 1, 2, 3
) AS ended
WHERE usage.user_id = ended.user_id AND usage.fn_id = ended.fn_id AND usage.day = ended.day;
-- A user's month is read alone, however long they have been here.
CREATE INDEX usage_day ON usage (user_id, day);
-- What a user lets a month cost, in millionths of the currency; NULL leaves it to the server.
ALTER TABLE user ADD COLUMN monthly_budget INTEGER;
