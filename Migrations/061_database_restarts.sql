-- As before, with one difference: a process counts as silent only for as long as there was a database that could have heard it. Where
-- that was away longer than a process may be silent, each running job was taken for a dead process's.
CREATE OR REPLACE FUNCTION job_is_due(j etl_jobs, p_silence interval, p_obedience interval) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT CASE j.status
        WHEN 'PENDING' THEN true
        WHEN 'RUNNING' THEN j.owner IS NULL OR greatest(j.heartbeat_at, pg_postmaster_start_time()) < now() - p_silence
            OR (j.request = 'stop' AND j.requested_at < now() - p_obedience)
        WHEN 'PAUSED' THEN false
        ELSE j.next_run_at <= now()
    END
$$;
