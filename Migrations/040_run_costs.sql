-- What a run has cost: seconds that its parts waited for the database, and processor seconds and the largest resident memory of the
-- process that ran it. NULL where nobody measured it.
ALTER TABLE job_runs
    ADD COLUMN database_seconds  double precision,
    ADD COLUMN cpu_seconds       double precision,
    ADD COLUMN peak_memory_bytes bigint;
