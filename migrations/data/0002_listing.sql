-- A user's executions, newest first: exec_id is a UUIDv7, so its order is that of time.
CREATE INDEX execution_user ON execution (user_id, exec_id);
CREATE INDEX execution_user_function ON execution (user_id, fn_name, exec_id);
-- NULL among the verdicts: those that run.
CREATE INDEX execution_user_verdict ON execution (user_id, verdict, exec_id);
-- All of a user's sessions end when the password changes.
CREATE INDEX session_user ON session (user_id);
