-- Listing follows two indexes: each has the verdict before the id, so that a list of one verdict and the merged list of
-- all are both read in order, without looking at a row that does not belong to it.
DROP INDEX execution_user;  -- the user's whole list is execution_user_verdict, merged over the verdicts
DROP INDEX execution_user_function;
CREATE INDEX execution_user_function_verdict ON execution (user_id, fn_name, verdict, exec_id);
-- Which execution's input this one was run with again.
ALTER TABLE execution ADD COLUMN replay_of BLOB;
