-- How the texts of a live space were cut when its ledger was last known to follow, so that a provider whose file is edited, or that
-- takes over from another, has what it cuts otherwise queued once, by whichever process comes first. NULL where nobody has looked.
ALTER TABLE tenant_spaces
    ADD COLUMN cutting     text,
    ADD COLUMN recut_due   boolean NOT NULL DEFAULT false,
    ADD COLUMN recutter    uuid,
    ADD COLUMN recut_until timestamptz;
CREATE INDEX tenant_spaces_recut ON tenant_spaces (tenant_id) WHERE recut_due;

-- Tenants whose provider was changed within their space, and whose chunks nobody has compared since.
CREATE FUNCTION tenants_to_recut() RETURNS TABLE (tenant_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT s.tenant_id FROM tenant_spaces s JOIN tenants t ON t.id = s.tenant_id AND t.active
    WHERE s.recut_due AND s.state = 'live' AND (s.recut_until IS NULL OR s.recut_until < now())
$$;

-- Why rows wait is asked for each look at a queue, of which few have failed.
CREATE INDEX vectorization_queue_delayed ON vectorization_queue (tenant_id, failure_kind)
    WHERE status = 'pending' AND failure_kind IS NOT NULL;

-- Tenants that write with one of these providers, or will when they have their first vectors, and whether rows of theirs wait for a
-- person to mend it.
CREATE FUNCTION tenants_of_providers(p_providers text[], p_default text) RETURNS TABLE (tenant_id uuid, waits boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT t.id, EXISTS (
        SELECT FROM vectorization_queue q
        WHERE q.tenant_id = t.id AND q.status = 'pending' AND q.failure_kind = 'configuration'
    )
    FROM tenants t
    LEFT JOIN tenant_spaces s ON s.tenant_id = t.id AND s.state = 'live'
    WHERE t.active AND coalesce(s.provider, p_default) = ANY (p_providers)
$$;

REVOKE ALL ON FUNCTION tenants_to_recut(), tenants_of_providers(text[], text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenants_to_recut(), tenants_of_providers(text[], text) TO pulse_app;
