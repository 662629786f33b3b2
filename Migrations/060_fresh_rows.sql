-- As before, with one difference: a claim says which rows stand for new entities and have been held by nobody before. Of such an entity
-- no point can be in the index unless the ledger knows of it, so that nothing older is to be looked for and deleted.
DROP FUNCTION claim_vectorization(uuid, integer, interval, interval, uuid, integer, integer, uuid[], uuid[], integer[]);

CREATE FUNCTION claim_vectorization(
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
    attempts integer, crashes integer, settled boolean, fresh boolean
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_ids bigint[];
    v_fresh bigint[] := '{}';
    v_tenant uuid;
    -- Read here, not by the search for a tenant, whose plan stays as it was.
    v_tried uuid[] := p_except || ARRAY(SELECT r.tenant_id FROM tenants_at_rest() r);
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
        SELECT array_agg(w.id), coalesce(array_agg(w.id) FILTER (WHERE w.fresh), '{}') INTO v_ids, v_fresh
        FROM (
            SELECT q.id, q.operation = 'insert' AND q.fence IS NULL AND q.settle_after IS NULL AS fresh
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
        q.crashes, (q.settle_after IS NULL OR q.settle_after <= now()), q.id = ANY (v_fresh);
END
$$;

REVOKE ALL ON FUNCTION
    claim_vectorization(uuid, integer, interval, interval, uuid, integer, integer, uuid[], uuid[], integer[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
    claim_vectorization(uuid, integer, interval, interval, uuid, integer, integer, uuid[], uuid[], integer[]) TO pulse_app;

-- See 020.
ALTER FUNCTION claim_vectorization(uuid, integer, interval, interval, uuid, integer, integer, uuid[], uuid[], integer[])
    SET enable_seqscan = off;
