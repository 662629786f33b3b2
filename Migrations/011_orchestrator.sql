-- What the orchestrator needs to run jobs in any number of processes: who holds a job, until when it counts as alive, what a
-- person has asked of it, and the fence under which its run may write.
CREATE SEQUENCE job_fence AS bigint;
GRANT USAGE ON SEQUENCE job_fence TO pulse_app;

ALTER TABLE etl_jobs
    -- Of the newest run; each claim draws a greater one.
    ADD COLUMN fence            bigint NOT NULL DEFAULT 0,
    ADD COLUMN run_id           uuid,
    -- The orchestrator that runs it; null where it is not run, or waits to be taken up.
    ADD COLUMN owner            uuid,
    ADD COLUMN heartbeat_at     timestamptz,
    -- Null where the job is not started by the clock.
    ADD COLUMN interval_seconds integer CHECK (interval_seconds > 0),
    ADD COLUMN recovery_tier    text CHECK (recovery_tier IN ('fast', 'standard', 'extended', 'manual')),
    -- Processes that stopped while they ran it, in a row.
    ADD COLUMN crashes          integer NOT NULL DEFAULT 0,
    ADD COLUMN request          text CHECK (request IN ('pause', 'stop')),
    ADD COLUMN requested_by     text,
    ADD COLUMN requested_at     timestamptz,
    ADD COLUMN forced_by        text,
    ADD COLUMN forced_at        timestamptz,
    ADD COLUMN forced_why       text,
    ADD CHECK (request IS NULL OR status = 'RUNNING'),
    ADD CHECK (owner IS NULL OR status = 'RUNNING');
CREATE INDEX etl_jobs_owner ON etl_jobs (owner) WHERE owner IS NOT NULL;

ALTER TABLE job_runs
    ADD COLUMN fence    bigint,
    ADD COLUMN requests bigint NOT NULL DEFAULT 0,
    ADD COLUMN bytes    bigint NOT NULL DEFAULT 0,
    ADD COLUMN summary  text,
    DROP CONSTRAINT job_runs_state_check,
    ADD CONSTRAINT job_runs_state_check CHECK (state IN ('RUNNING', 'FINISHED', 'ERROR', 'PAUSED'));
CREATE INDEX job_runs_of_job ON job_runs (tenant_id, job_name, started_at DESC);

-- A row where an emergency stop has halted the tenant's jobs.
CREATE TABLE orchestrator_state (
    tenant_id uuid PRIMARY KEY REFERENCES tenants ON DELETE CASCADE,
    halted_by text NOT NULL,
    halted_at timestamptz NOT NULL DEFAULT now(),
    reason    text
);
ALTER TABLE orchestrator_state ENABLE ROW LEVEL SECURITY;
ALTER TABLE orchestrator_state FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON orchestrator_state TO pulse_app
    USING (tenant_id = NULLIF(current_setting('pulse.tenant', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('pulse.tenant', true), '')::uuid);
DO $$
BEGIN
    EXECUTE format('CREATE POLICY owner ON orchestrator_state TO %I USING (true) WITH CHECK (true)', current_user);
END
$$;
GRANT SELECT, INSERT, UPDATE, DELETE ON orchestrator_state TO pulse_app;

-- Gives each active tenant, or one, the jobs that it should have and lacks. Returns how many.
CREATE FUNCTION ensure_jobs(p_tenant uuid DEFAULT NULL) RETURNS bigint
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH wanted AS (
        SELECT i.tenant_id, i.id AS integration_id, i.kind || '_job' AS job_name,
            CASE i.kind WHEN 'github' THEN 14400 ELSE 21600 END AS interval_seconds, now() AS next_run_at
        FROM integrations i JOIN tenants t ON t.id = i.tenant_id
        WHERE i.active AND t.active
        UNION ALL
        SELECT t.id, NULL, 'vectorization_job', NULL, NULL FROM tenants t WHERE t.active
        UNION ALL
        SELECT t.id, NULL, 'sleep_job', 900, now() + interval '15 minutes' FROM tenants t WHERE t.active
    ), added AS (
        INSERT INTO etl_jobs (tenant_id, integration_id, job_name, interval_seconds, next_run_at)
        SELECT w.tenant_id, w.integration_id, w.job_name, w.interval_seconds, w.next_run_at
        FROM wanted w
        WHERE (p_tenant IS NULL OR w.tenant_id = p_tenant)
          AND NOT EXISTS (
              SELECT FROM etl_jobs j
              WHERE j.tenant_id = w.tenant_id AND j.job_name = w.job_name
                AND j.integration_id IS NOT DISTINCT FROM w.integration_id
          )
        ON CONFLICT DO NOTHING
        RETURNING 1
    )
    SELECT count(*) FROM added
$$;

-- Whether an orchestrator should take the job up now: its time has come, a person has started or resumed it, its process is
-- silent, or a stop that was asked for has not been obeyed.
CREATE FUNCTION job_is_due(j etl_jobs, p_silence interval, p_obedience interval) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT CASE j.status
        WHEN 'PENDING' THEN true
        WHEN 'RUNNING' THEN j.owner IS NULL OR j.heartbeat_at < now() - p_silence
            OR (j.request = 'stop' AND j.requested_at < now() - p_obedience)
        WHEN 'PAUSED' THEN false
        ELSE j.next_run_at <= now()
    END
$$;

-- The jobs that could be taken up now, the fairest first: whose tenant has the fewest running, then whose tenant has waited
-- longest since its last start. Ids only; whoever takes one up does so within its tenant.
CREATE FUNCTION due_jobs(p_names text[], p_limit integer, p_silence interval, p_obedience interval)
RETURNS TABLE (tenant_id uuid, job_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT d.tenant_id, d.id
    FROM (
        SELECT j.tenant_id, j.id, j.next_run_at,
            row_number() OVER (PARTITION BY j.tenant_id ORDER BY j.next_run_at NULLS FIRST, j.id) + s.running AS share, s.served
        FROM etl_jobs j
        JOIN tenants t ON t.id = j.tenant_id AND t.active
        LEFT JOIN integrations i ON i.tenant_id = j.tenant_id AND i.id = j.integration_id
        JOIN LATERAL (
            SELECT count(*) FILTER (WHERE o.owner IS NOT NULL) AS running, max(o.last_started_at) AS served
            FROM etl_jobs o
            WHERE o.tenant_id = j.tenant_id AND o.job_name = ANY (p_names)
        ) s ON true
        WHERE j.job_name = ANY (p_names) AND (j.integration_id IS NULL OR i.active)
          AND job_is_due(j, p_silence, p_obedience)
          AND NOT EXISTS (SELECT FROM orchestrator_state h WHERE h.tenant_id = j.tenant_id)
    ) d
    ORDER BY d.share, d.served NULLS FIRST, d.next_run_at NULLS FIRST, d.id
    LIMIT p_limit
$$;

-- The jobs that an orchestrator runs, with what is asked of them; with p_renew they and their runs count as alive from now on.
CREATE FUNCTION owned_jobs(p_owner uuid, p_renew boolean) RETURNS TABLE (job_id uuid, fence bigint, request text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF p_renew THEN
        -- What is locked is being written just now, and shows life by that.
        UPDATE etl_jobs j SET heartbeat_at = now()
        WHERE j.id IN (SELECT o.id FROM etl_jobs o WHERE o.owner = p_owner ORDER BY o.id FOR UPDATE SKIP LOCKED);
        UPDATE job_runs r SET heartbeat_at = now()
        WHERE r.id IN (
            SELECT o.id FROM job_runs o JOIN etl_jobs j ON j.run_id = o.id
            WHERE j.owner = p_owner AND o.state = 'RUNNING'
            ORDER BY o.id FOR UPDATE OF o SKIP LOCKED
        );
    END IF;
    RETURN QUERY SELECT j.id, j.fence, j.request FROM etl_jobs j WHERE j.owner = p_owner AND j.status = 'RUNNING';
END
$$;

-- vectorization_job says what the workers do: RUNNING while rows wait, are worked off, or a run is open; FINISHED when all is at
-- rest. Returns how many changed.
CREATE FUNCTION mirror_vectorization() RETURNS bigint
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH seen AS (
        -- The first tenant from this one on that has such rows: one step in an index. With EXISTS, the queue of a single large
        -- tenant would be read once for each tenant that has none.
        SELECT j.id, j.status, r.id AS run_id, r.id IS NOT NULL
            OR coalesce(j.tenant_id = (
                SELECT q.tenant_id FROM vectorization_queue q
                WHERE q.status = 'pending' AND q.tenant_id >= j.tenant_id ORDER BY q.tenant_id LIMIT 1
            ), false)
            OR coalesce(j.tenant_id = (
                SELECT q.tenant_id FROM vectorization_queue q
                WHERE q.status = 'processing' AND q.tenant_id >= j.tenant_id ORDER BY q.tenant_id LIMIT 1
            ), false) AS working
        FROM etl_jobs j
        LEFT JOIN LATERAL (
            SELECT r.id FROM job_runs r
            WHERE r.tenant_id = j.tenant_id AND r.job_name = 'vectorization_job' AND r.state = 'RUNNING'
            ORDER BY r.started_at DESC LIMIT 1
        ) r ON true
        WHERE j.job_name = 'vectorization_job'
    ), changed AS (
        UPDATE etl_jobs j
        SET status = CASE WHEN s.working THEN 'RUNNING' ELSE 'FINISHED' END,
            run_id = coalesce(s.run_id, j.run_id),
            last_started_at = CASE WHEN s.working AND s.status <> 'RUNNING' THEN now() ELSE j.last_started_at END,
            last_success_at = CASE WHEN s.working THEN j.last_success_at ELSE now() END,
            updated_at = now()
        FROM seen s
        WHERE j.id = s.id AND j.status = s.status
          AND ((s.working AND (s.status <> 'RUNNING' OR j.run_id IS DISTINCT FROM coalesce(s.run_id, j.run_id)))
            OR (NOT s.working AND s.status IN ('RUNNING', 'PENDING', 'ERROR')))
        RETURNING 1
    )
    SELECT count(*) FROM changed
$$;

REVOKE ALL ON FUNCTION ensure_jobs(uuid), due_jobs(text[], integer, interval, interval), owned_jobs(uuid, boolean),
    mirror_vectorization() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ensure_jobs(uuid), due_jobs(text[], integer, interval, interval), owned_jobs(uuid, boolean),
    mirror_vectorization() TO pulse_app;
