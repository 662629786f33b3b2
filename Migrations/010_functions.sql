-- The few questions that are asked before a tenant is known, or across tenants. Each answers with no more than it must.

CREATE FUNCTION tenant_named(p_name text) RETURNS TABLE (id uuid, name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT t.id, t.name FROM tenants t WHERE t.name = p_name AND t.active
$$;

CREATE FUNCTION authenticate_api_key(p_digest bytea) RETURNS TABLE (key_id uuid, tenant_id uuid, tenant_name text, role text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    -- Once a minute is enough to tell a used key from a forgotten one.
    UPDATE api_keys k SET last_used_at = now()
    WHERE k.digest = p_digest AND (k.last_used_at IS NULL OR k.last_used_at <= now() - interval '1 minute');
    RETURN QUERY
    SELECT k.id, k.tenant_id, t.name, k.role
    FROM api_keys k
    JOIN tenants t ON t.id = k.tenant_id AND t.active
    WHERE k.digest = p_digest AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now());
END
$$;

-- Takes up to p_limit rows of one tenant under a lease. The tenant is any of those that wait, each as likely as the next, so that
-- a million rows of one do not hold up ten of another; p_except are left out. Live work goes before backfills. The fence is drawn
-- after the rows are locked, so that of two claims of a row the later one's is greater.
CREATE FUNCTION claim_vectorization(
    p_owner uuid,
    p_limit integer,
    p_lease interval,
    p_settle interval,
    p_tenant uuid DEFAULT NULL,
    p_alone_after integer DEFAULT 3,
    p_fail_after integer DEFAULT 5,
    p_except uuid[] DEFAULT '{}'
) RETURNS TABLE (
    id bigint, tenant_id uuid, integration_id uuid, table_name text, external_id text, entity uuid, generation bigint, fence bigint,
    attempts integer, crashes integer, settled boolean
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_ids bigint[];
    v_tenant uuid;
    v_tried uuid[] := p_except;
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
    SELECT ARRAY[q.id] INTO v_ids
    FROM vectorization_queue q
    WHERE q.status = 'pending' AND q.crashes > 0 AND q.crashes >= p_alone_after AND q.available_at <= now()
      AND (p_tenant IS NULL OR q.tenant_id = p_tenant) AND NOT q.tenant_id = ANY (p_except)
    ORDER BY q.id
    LIMIT 1
    FOR UPDATE SKIP LOCKED;

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
        SELECT array_agg(w.id) INTO v_ids
        FROM (
            SELECT q.id
            FROM vectorization_queue q
            WHERE q.tenant_id = v_tenant AND q.status = 'pending' AND q.available_at <= now() AND q.crashes < p_alone_after
            ORDER BY q.priority, q.available_at, q.id
            LIMIT p_limit
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

-- The heartbeat of a claim. Returns how many rows were renewed; one that is locked at this moment is renewed by the next beat.
CREATE FUNCTION renew_vectorization(p_owner uuid, p_lease interval) RETURNS bigint
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH renewed AS (
        UPDATE vectorization_queue q
        SET lease_until = now() + p_lease
        WHERE q.id IN (
            SELECT h.id FROM vectorization_queue h
            WHERE h.status = 'processing' AND h.lease_owner = p_owner
            ORDER BY h.id
            FOR UPDATE SKIP LOCKED
        )
        RETURNING q.id
    )
    SELECT count(*) FROM renewed
$$;

-- When the next row of anybody can be claimed; null where nothing waits.
CREATE FUNCTION next_vectorization() RETURNS timestamptz
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT least(
        (SELECT min(q.available_at) FROM vectorization_queue q WHERE q.status = 'pending'),
        (SELECT min(q.lease_until) FROM vectorization_queue q WHERE q.status = 'processing')
    )
$$;

-- The open rows of a tenant, or of all, and when the next of them can be claimed; null where nothing waits.
CREATE FUNCTION vectorization_backlog(p_tenant uuid DEFAULT NULL)
RETURNS TABLE (pending bigint, processing bigint, next_at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF p_tenant IS NULL THEN
        RETURN QUERY
        SELECT (SELECT count(*) FROM vectorization_queue q WHERE q.status = 'pending'),
            (SELECT count(*) FROM vectorization_queue q WHERE q.status = 'processing'),
            next_vectorization();
    ELSE
        RETURN QUERY
        SELECT (SELECT count(*) FROM vectorization_queue q WHERE q.tenant_id = p_tenant AND q.status = 'pending'),
            (SELECT count(*) FROM vectorization_queue q WHERE q.tenant_id = p_tenant AND q.status = 'processing'),
            least(
                (SELECT min(q.available_at) FROM vectorization_queue q WHERE q.tenant_id = p_tenant AND q.status = 'pending'),
                (SELECT min(q.lease_until) FROM vectorization_queue q WHERE q.tenant_id = p_tenant AND q.status = 'processing')
            );
    END IF;
END
$$;

REVOKE ALL ON FUNCTION tenant_named(text), authenticate_api_key(bytea),
    claim_vectorization(uuid, integer, interval, interval, uuid, integer, integer, uuid[]), renew_vectorization(uuid, interval),
    vectorization_backlog(uuid), next_vectorization() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenant_named(text), authenticate_api_key(bytea),
    claim_vectorization(uuid, integer, interval, interval, uuid, integer, integer, uuid[]), renew_vectorization(uuid, interval),
    vectorization_backlog(uuid), next_vectorization() TO pulse_app;
