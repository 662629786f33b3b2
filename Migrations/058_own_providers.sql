-- Tenants whose vectors come from a provider of their own (`<tenant>/<id>`): workers keep lanes free of them, whatever such a provider
-- does to who waits for it.
CREATE INDEX tenant_spaces_own_provider ON tenant_spaces (tenant_id) WHERE state = 'live' AND strpos(provider, '/') > 0;

CREATE FUNCTION tenants_with_own_provider() RETURNS TABLE (tenant_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT s.tenant_id FROM tenant_spaces s WHERE s.state = 'live' AND strpos(s.provider, '/') > 0
$$;

REVOKE ALL ON FUNCTION tenants_with_own_provider() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenants_with_own_provider() TO pulse_app;
