-- What the queue still lacked: changes that reach more documents than one transaction should queue, vectors that were paid for and
-- could not be written, and lone rows that hold up nobody but their own tenant.

-- A change whose dependents are too many for its transaction: worked off in pages, in the order of their entities.
CREATE TABLE queue_fanouts (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id      uuid NOT NULL,
    integration_id uuid NOT NULL,
    -- Of the rows that changed, and which these were.
    table_name     text NOT NULL,
    stable_ids     text[] NOT NULL,
    -- The table whose documents show something of them.
    dependents     text NOT NULL,
    -- The last entity that has been queued; null before the first page.
    after_entity   uuid,
    created_at     timestamptz NOT NULL DEFAULT now(),
    FOREIGN KEY (tenant_id, integration_id) REFERENCES integrations (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX queue_fanouts_tenant ON queue_fanouts (tenant_id, id);

-- Vectors that a provider has been paid for and that no pass has written yet, by the digest of their text: the next pass that needs
-- one takes it from here. Empty as long as Qdrant takes what it is given.
CREATE TABLE unwritten_vectors (
    tenant_id    uuid NOT NULL REFERENCES tenants ON DELETE CASCADE,
    space        text NOT NULL,
    content_hash bytea NOT NULL,
    -- 32-bit floats, little-endian.
    vector       bytea NOT NULL,
    kept_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, space, content_hash)
);

-- When the tenant's ledger was last searched for documents of an older make, and what the makes were.
CREATE TABLE document_checks (
    tenant_id  uuid PRIMARY KEY REFERENCES tenants ON DELETE CASCADE,
    versions   text NOT NULL,
    checked_at timestamptz NOT NULL DEFAULT now()
);

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['queue_fanouts', 'unwritten_vectors', 'document_checks'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY tenant ON %I TO pulse_app '
            || 'USING (tenant_id = NULLIF(current_setting(''pulse.tenant'', true), '''')::uuid) '
            || 'WITH CHECK (tenant_id = NULLIF(current_setting(''pulse.tenant'', true), '''')::uuid)',
            name
        );
        EXECUTE format('CREATE POLICY owner ON %I TO %I USING (true) WITH CHECK (true)', name, current_user);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO pulse_app', name);
    END LOOP;
END
$$;
GRANT USAGE ON SEQUENCE queue_fanouts_id_seq TO pulse_app;

-- The tenants that have fan-outs to be worked off. Ids only.
CREATE FUNCTION tenants_fanning_out() RETURNS TABLE (tenant_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT DISTINCT f.tenant_id FROM queue_fanouts f
$$;

-- The tenants whose ledger was not searched for documents older than p_versions since p_age ago. Ids only.
CREATE FUNCTION tenants_to_check(p_versions text, p_age interval) RETURNS TABLE (tenant_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT t.id
    FROM tenants t
    LEFT JOIN document_checks c ON c.tenant_id = t.id
    WHERE t.active AND (c.tenant_id IS NULL OR c.versions <> p_versions OR c.checked_at < now() - p_age)
$$;

REVOKE ALL ON FUNCTION tenants_fanning_out(), tenants_to_check(text, interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenants_fanning_out(), tenants_to_check(text, interval) TO pulse_app;

DROP INDEX vectorization_queue_lone;
CREATE INDEX vectorization_queue_lone ON vectorization_queue (tenant_id, id) WHERE status = 'pending' AND crashes > 0;

-- As before, with two differences. A restart of the database is nobody's crash. And the tenant is drawn first: a row that keeps
-- killing its worker runs alone, and goes before its own tenant's rows only; a thousand of them, left by one tenant's bad day, are
-- nobody else's business.
CREATE OR REPLACE FUNCTION claim_vectorization(
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
