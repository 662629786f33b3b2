-- The few questions that are asked before a tenant is known, or across tenants. Each answers with no more than it must.

CREATE FUNCTION tenant_named(p_name text) RETURNS TABLE (id uuid, name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT t.id, t.name FROM tenants t WHERE t.name = p_name AND t.active
$$;

CREATE FUNCTION authenticate_api_key(p_digest bytea) RETURNS TABLE (key_id uuid, tenant_id uuid, tenant_name text, role text)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE api_keys k
    -- Once a minute is enough to tell a used key from a forgotten one.
    SET last_used_at = CASE WHEN k.last_used_at > now() - interval '1 minute' THEN k.last_used_at ELSE now() END
    FROM tenants t
    WHERE k.digest = p_digest AND t.id = k.tenant_id AND t.active
      AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now())
    RETURNING k.id, k.tenant_id, t.name, k.role
$$;

-- Takes up to p_limit rows under a lease: expired leases first, then waiting rows, live work before backfills, an equal share for
-- each tenant that waits. The fence is drawn after the rows are locked, so that of two claims of a row the later one's is greater.
CREATE FUNCTION claim_vectorization(
    p_owner uuid,
    p_limit integer,
    p_lease interval,
    p_settle interval,
    p_tenant uuid DEFAULT NULL,
    p_alone_after integer DEFAULT 3,
    p_fail_after integer DEFAULT 5
) RETURNS TABLE (
    id bigint, tenant_id uuid, integration_id uuid, table_name text, external_id text, entity uuid, generation bigint, fence bigint,
    attempts integer, crashes integer, settled boolean
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_ids bigint[];
    v_lone bigint;
    v_fence bigint;
BEGIN
    -- Leases that ran out. Their holder may still be writing, so the rows must settle.
    UPDATE vectorization_queue q
    SET status = CASE WHEN q.crashes + 1 >= p_fail_after THEN 'failed' ELSE 'pending' END,
        crashes = q.crashes + 1,
        failure_kind = CASE WHEN q.crashes + 1 >= p_fail_after THEN 'crash' END,
        error_message = CASE WHEN q.crashes + 1 >= p_fail_after
            THEN format('its worker stopped %s times while holding it; requeue it once the cause is mended', q.crashes + 1) END,
        lease_owner = NULL,
        lease_until = NULL,
        available_at = now(),
        settle_after = now() + p_settle
    WHERE q.id IN (
        SELECT e.id FROM vectorization_queue e
        WHERE e.status = 'processing' AND e.lease_until < now() AND (p_tenant IS NULL OR e.tenant_id = p_tenant)
        ORDER BY e.id
        LIMIT 10000
        FOR UPDATE SKIP LOCKED
    );

    -- A row that keeps killing its worker runs alone.
    SELECT q.id INTO v_lone
    FROM vectorization_queue q
    WHERE q.status = 'pending' AND q.crashes >= p_alone_after AND q.available_at <= now()
      AND (p_tenant IS NULL OR q.tenant_id = p_tenant)
    ORDER BY q.id
    LIMIT 1
    FOR UPDATE SKIP LOCKED;

    IF v_lone IS NOT NULL THEN
        v_ids := ARRAY[v_lone];
    ELSE
        SELECT array_agg(c.id) INTO v_ids
        FROM (
            SELECT w.id
            FROM (SELECT t.id, count(*) OVER () AS waiting
                  FROM tenants t
                  WHERE (p_tenant IS NULL OR t.id = p_tenant)
                    AND EXISTS (
                        SELECT FROM vectorization_queue q
                        WHERE q.tenant_id = t.id AND q.status = 'pending' AND q.available_at <= now()
                    )
                  -- Where more tenants wait than rows are taken, none is always among the last.
                  ORDER BY random()) t
            CROSS JOIN LATERAL (
                SELECT q.id
                FROM vectorization_queue q
                WHERE q.tenant_id = t.id AND q.status = 'pending' AND q.available_at <= now() AND q.crashes < p_alone_after
                ORDER BY q.priority, q.available_at, q.id
                LIMIT greatest(1, p_limit / t.waiting)
                FOR UPDATE SKIP LOCKED
            ) w
            LIMIT p_limit
        ) c;
    END IF;

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

-- The heartbeat of a claim. Returns how many rows it still holds.
CREATE FUNCTION renew_vectorization(p_owner uuid, p_lease interval) RETURNS bigint
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH renewed AS (
        UPDATE vectorization_queue q
        SET lease_until = now() + p_lease
        WHERE q.status = 'processing' AND q.lease_owner = p_owner
        RETURNING q.id
    )
    SELECT count(*) FROM renewed
$$;

-- When the next waiting row becomes available; null where nothing waits.
CREATE FUNCTION next_vectorization(p_tenant uuid DEFAULT NULL) RETURNS TABLE (pending bigint, processing bigint, next_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT count(*) FILTER (WHERE q.status = 'pending'),
           count(*) FILTER (WHERE q.status = 'processing'),
           min(CASE q.status WHEN 'pending' THEN q.available_at WHEN 'processing' THEN q.lease_until END)
    FROM vectorization_queue q
    WHERE q.status <> 'failed' AND (p_tenant IS NULL OR q.tenant_id = p_tenant)
$$;

REVOKE ALL ON FUNCTION tenant_named(text), authenticate_api_key(bytea),
    claim_vectorization(uuid, integer, interval, interval, uuid, integer, integer), renew_vectorization(uuid, interval),
    next_vectorization(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenant_named(text), authenticate_api_key(bytea),
    claim_vectorization(uuid, integer, interval, interval, uuid, integer, integer), renew_vectorization(uuid, interval),
    next_vectorization(uuid) TO pulse_app;
