-- A user's executions, newest first: exec_id is a UUIDv7, so its order is that of time.
CREATE INDEX execution_user ON execution (user_id, exec_id);
CREATE INDEX execution_user_function ON execution (user_id, fn_name, exec_id);
CREATE INDEX execution_user_failed ON execution (user_id, exec_id) WHERE verdict <> 'ok';
CREATE INDEX execution_user_open ON execution (user_id, exec_id) WHERE verdict IS NULL;
-- All of a user's sessions end when the password changes.
CREATE INDEX session_user ON session (user_id);
