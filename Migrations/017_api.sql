-- Administrators of the installation: they make tenants and their keys, belong to no tenant, and see no tenant's data. The service
-- cannot read this table; it asks the functions below.
CREATE TABLE installation_keys (
    id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name         text NOT NULL,
    prefix       text NOT NULL,
    digest       bytea NOT NULL UNIQUE,
    expires_at   timestamptz,
    revoked_at   timestamptz,
    last_used_at timestamptz,
    created_at   timestamptz NOT NULL DEFAULT now()
);

ALTER TABLE api_keys ADD COLUMN created_by text;
CREATE INDEX api_keys_of_tenant ON api_keys (tenant_id, created_at, id);

CREATE FUNCTION authenticate_installation_key(p_digest bytea) RETURNS uuid
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE installation_keys k SET last_used_at = now()
    WHERE k.digest = p_digest AND (k.last_used_at IS NULL OR k.last_used_at <= now() - interval '1 minute');
    RETURN (
        SELECT k.id FROM installation_keys k
        WHERE k.digest = p_digest AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now())
    );
END
$$;

-- The way in of a new installation: a first key, where there is none of any kind. Returns whether it was taken.
CREATE FUNCTION first_installation_key(p_prefix text, p_digest bytea) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    LOCK TABLE installation_keys IN SHARE ROW EXCLUSIVE MODE;
    IF EXISTS (SELECT FROM installation_keys) OR EXISTS (SELECT FROM api_keys) THEN
        RETURN false;
    END IF;
    INSERT INTO installation_keys (name, prefix, digest) VALUES ('first', p_prefix, p_digest);
    RETURN true;
END
$$;

CREATE FUNCTION create_tenant(p_name text) RETURNS uuid
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    INSERT INTO tenants (name) VALUES (p_name) RETURNING id
$$;

CREATE FUNCTION list_tenants(p_after text, p_limit bigint)
RETURNS TABLE (id uuid, name text, active boolean, created_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT t.id, t.name, t.active, t.created_at FROM tenants t
    WHERE p_after IS NULL OR t.name > p_after
    ORDER BY t.name LIMIT p_limit
$$;

-- An inactive tenant's keys open nothing, and nothing runs for it.
CREATE FUNCTION set_tenant_active(p_id uuid, p_active boolean)
RETURNS TABLE (id uuid, name text, active boolean, created_at timestamptz)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE tenants t SET active = p_active WHERE t.id = p_id RETURNING t.id, t.name, t.active, t.created_at
$$;

CREATE FUNCTION tenant_of_id(p_id uuid) RETURNS TABLE (id uuid, name text, active boolean, created_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT t.id, t.name, t.active, t.created_at FROM tenants t WHERE t.id = p_id
$$;

-- The tenants' secrets, encrypted with a key that the database does not know.
CREATE TABLE tenant_secrets (
    tenant_id  uuid NOT NULL REFERENCES tenants ON DELETE CASCADE,
    id         text NOT NULL CHECK (id ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$'),
    sealed     bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    updated_by text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);

-- Audits that were asked for over the API, and what they found.
CREATE TABLE audit_runs (
    id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    tenant_id    uuid NOT NULL REFERENCES tenants ON DELETE CASCADE,
    repair       boolean NOT NULL,
    requested_by text NOT NULL,
    started_at   timestamptz NOT NULL DEFAULT now(),
    heartbeat_at timestamptz NOT NULL DEFAULT now(),
    finished_at  timestamptz,
    report       jsonb,
    error        text
);
CREATE INDEX audit_runs_recent ON audit_runs (tenant_id, started_at DESC, id);
-- One at a time.
CREATE UNIQUE INDEX audit_runs_one ON audit_runs (tenant_id) WHERE finished_at IS NULL;

-- Requests that carry an Idempotency-Key, with their answers, for a day. Of administrators of the installation: without a tenant.
CREATE TABLE idempotency_keys (
    caller       uuid NOT NULL,
    key          text NOT NULL,
    tenant_id    uuid REFERENCES tenants ON DELETE CASCADE,
    digest       bytea NOT NULL,
    status       integer,
    content_type text,
    form         text NOT NULL DEFAULT 'plain' CHECK (form IN ('plain', 'sealed', 'not_kept')),
    body         bytea,
    created_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (caller, key)
);
CREATE INDEX idempotency_keys_age ON idempotency_keys (tenant_id, created_at);

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['tenant_secrets', 'audit_runs', 'idempotency_keys'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY tenant ON %I TO pulse_app '
            || 'USING (tenant_id IS NOT DISTINCT FROM NULLIF(current_setting(''pulse.tenant'', true), '''')::uuid) '
            || 'WITH CHECK (tenant_id IS NOT DISTINCT FROM NULLIF(current_setting(''pulse.tenant'', true), '''')::uuid)',
            name
        );
        EXECUTE format('CREATE POLICY owner ON %I TO %I USING (true) WITH CHECK (true)', name, current_user);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO pulse_app', name);
    END LOOP;
END
$$;

REVOKE ALL ON FUNCTION authenticate_installation_key(bytea), first_installation_key(text, bytea), create_tenant(text),
    list_tenants(text, bigint), set_tenant_active(uuid, boolean), tenant_of_id(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION authenticate_installation_key(bytea), first_installation_key(text, bytea), create_tenant(text),
    list_tenants(text, bigint), set_tenant_active(uuid, boolean), tenant_of_id(uuid) TO pulse_app;

-- Figures of all tenants together, for monitoring: no tenant's own can be read from them.
CREATE FUNCTION service_figures() RETURNS TABLE (name text, label text, label_value text, value double precision)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT 'queue_rows', 'status', s.status, count(q.id)::double precision
    FROM (VALUES ('pending'), ('processing'), ('failed')) s (status) LEFT JOIN vectorization_queue q USING (status)
    GROUP BY s.status
    UNION ALL
    SELECT 'queue_oldest_seconds', NULL, NULL,
        coalesce(extract(epoch FROM now() - min(q.available_at)), 0)::double precision
    FROM vectorization_queue q WHERE q.status = 'pending' AND q.available_at <= now()
    UNION ALL
    SELECT 'jobs', 'job,state', j.job_name || ',' || j.status, count(*)::double precision
    FROM etl_jobs j GROUP BY j.job_name, j.status
    UNION ALL
    SELECT 'job_runs_total_day', 'job,state', r.job_name || ',' || r.state, count(*)::double precision
    FROM job_runs r WHERE r.started_at > now() - interval '1 day' GROUP BY r.job_name, r.state
    UNION ALL
    SELECT 'tenants', 'active', t.active::text, count(*)::double precision FROM tenants t GROUP BY t.active
    UNION ALL
    SELECT 'database_bytes', NULL, NULL, pg_database_size(current_database())::double precision
$$;
REVOKE ALL ON FUNCTION service_figures() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION service_figures() TO pulse_app;

-- Whether anybody can come in by a key.
CREATE FUNCTION has_keys() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM installation_keys) OR EXISTS (SELECT FROM api_keys)
$$;
REVOKE ALL ON FUNCTION has_keys() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION has_keys() TO pulse_app;
