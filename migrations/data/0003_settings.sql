-- How a function runs, as JSON: the members that it has of its own; the server's defaults stand for the others.
ALTER TABLE function ADD COLUMN settings TEXT NOT NULL DEFAULT '{}';
-- All limits of an execution, not those alone that it is billed by; 0 in rows from before they were known.
ALTER TABLE execution ADD COLUMN cpu_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE execution ADD COLUMN processes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE execution ADD COLUMN open_files INTEGER NOT NULL DEFAULT 0;
ALTER TABLE execution ADD COLUMN file_mb INTEGER NOT NULL DEFAULT 0;
ALTER TABLE execution ADD COLUMN scratch_mb INTEGER NOT NULL DEFAULT 0;
ALTER TABLE execution ADD COLUMN output_bytes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE execution ADD COLUMN result_bytes INTEGER NOT NULL DEFAULT 0;
-- Between its turn and its run: getting a process.
ALTER TABLE execution ADD COLUMN start_us INTEGER NOT NULL DEFAULT 0;
