-- What a stop needs: that it is enforced, and that it also reaches the vectorization.

-- The jobs whose process is silent or has not obeyed a stop, the longest silent first. To fence one takes no place, as due_jobs does.
-- Ids only; whoever fences one does so within its tenant.
CREATE FUNCTION lost_jobs(p_names text[], p_limit integer, p_silence interval, p_obedience interval)
RETURNS TABLE (tenant_id uuid, job_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT j.tenant_id, j.id
    FROM etl_jobs j
    WHERE j.owner IS NOT NULL AND j.status = 'RUNNING' AND j.job_name = ANY (p_names)
      AND job_is_due(j, p_silence, p_obedience)
    ORDER BY j.heartbeat_at, j.id
    LIMIT p_limit
$$;
REVOKE ALL ON FUNCTION lost_jobs(text[], integer, interval, interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION lost_jobs(text[], integer, interval, interval) TO pulse_app;

-- Few or none, and asked for at each claim.
CREATE INDEX etl_jobs_vectorization_paused ON etl_jobs (tenant_id) WHERE job_name = 'vectorization_job' AND status = 'PAUSED';

-- As before, with one difference: what a person has paused stays so until it is resumed or started.
CREATE OR REPLACE FUNCTION mirror_vectorization() RETURNS bigint
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
        WHERE j.job_name = 'vectorization_job' AND j.status <> 'PAUSED'
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

-- As before, with one difference: rows of tenants whose vectorization is paused are left where they are.
CREATE OR REPLACE FUNCTION claim_vectorization(
    p_owner uuid,
    p_limit integer,
    p_lease interval,
    p_settle interval,
    p_tenant uuid DEFAULT NULL,
    p_alone_after integer DEFAULT 3,
    p_fail_after integer DEFAULT 5,
    p_except uuid[] DEFAULT '{}',
    p_sized uuid[] DEFAULT '{}',
    p_sizes integer[] DEFAULT '{}'
) RETURNS TABLE (
    id bigint, tenant_id uuid, integration_id uuid, table_name text, external_id text, entity uuid, generation bigint, fence bigint,
    attempts integer, crashes integer, settled boolean
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_ids bigint[];
    v_tenant uuid;
    -- Read here, not by the search for a tenant, whose plan stays as it was.
    v_tried uuid[] := p_except || ARRAY(
        SELECT j.tenant_id FROM etl_jobs j WHERE j.job_name = 'vectorization_job' AND j.status = 'PAUSED'
    );
    v_fence bigint;
BEGIN
    -- Leases that ran out. Their holder may still be writing, so the rows must settle. Where the database itself has restarted since
    -- the claim, the holder may merely have had nobody to renew its lease with: that is no crash of the row's.
    UPDATE vectorization_queue q
    SET status = CASE WHEN e.crashes >= p_fail_after THEN 'failed' ELSE 'pending' END,
        crashes = e.crashes,
        failure_kind = CASE WHEN e.crashes >= p_fail_after THEN 'crash' END,
        error_message = CASE WHEN e.crashes >= p_fail_after
            THEN format('its worker stopped %s times while holding it; requeue it once the cause is mended', e.crashes) END,
        lease_owner = NULL,
        lease_until = NULL,
        available_at = now(),
        settle_after = now() + p_settle
    FROM (
        SELECT r.id, r.crashes + (r.started_at IS NULL OR r.started_at > pg_postmaster_start_time())::integer AS crashes
        FROM vectorization_queue r
        WHERE r.status = 'processing' AND r.lease_until < now() AND (p_tenant IS NULL OR r.tenant_id = p_tenant)
        ORDER BY r.id
        LIMIT 10000
        FOR UPDATE SKIP LOCKED
    ) e
    WHERE q.id = e.id;

    FOR attempt IN 1..8 LOOP
        EXIT WHEN v_ids IS NOT NULL;
        SELECT t.id INTO v_tenant
        FROM tenants t
        WHERE (p_tenant IS NULL OR t.id = p_tenant) AND NOT t.id = ANY (v_tried)
          AND EXISTS (
              SELECT FROM vectorization_queue q
              WHERE q.tenant_id = t.id AND q.status = 'pending' AND q.available_at <= now()
          )
        ORDER BY random()
        LIMIT 1;
        EXIT WHEN v_tenant IS NULL;
        SELECT ARRAY[q.id] INTO v_ids
        FROM vectorization_queue q
        WHERE q.tenant_id = v_tenant AND q.status = 'pending' AND q.crashes > 0 AND q.crashes >= p_alone_after
          AND q.available_at <= now()
        ORDER BY q.id
        LIMIT 1
        FOR UPDATE SKIP LOCKED;
        EXIT WHEN v_ids IS NOT NULL;
        SELECT array_agg(w.id) INTO v_ids
        FROM (
            SELECT q.id
            FROM vectorization_queue q
            WHERE q.tenant_id = v_tenant AND q.status = 'pending' AND q.available_at <= now() AND q.crashes < p_alone_after
            ORDER BY q.priority, q.available_at, q.id
            LIMIT coalesce(p_sizes[array_position(p_sized, v_tenant)], p_limit)
            FOR UPDATE SKIP LOCKED
        ) w;
        -- All that this one has is in other hands at this moment.
        v_tried := v_tried || v_tenant;
    END LOOP;

    IF v_ids IS NULL THEN
        RETURN;
    END IF;

    v_fence := nextval('vectorization_generation');
    RETURN QUERY
    UPDATE vectorization_queue q
    SET status = 'processing', lease_owner = p_owner, lease_until = now() + p_lease, fence = v_fence, started_at = now()
    WHERE q.id = ANY (v_ids)
    RETURNING q.id, q.tenant_id, q.integration_id, q.table_name, q.external_id, q.entity, q.generation, q.fence, q.attempts,
        q.crashes, (q.settle_after IS NULL OR q.settle_after <= now());
END
$$;

-- See 020.
ALTER FUNCTION claim_vectorization(uuid, integer, interval, interval, uuid, integer, integer, uuid[], uuid[], integer[])
    SET enable_seqscan = off;
