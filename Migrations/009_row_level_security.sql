-- Every row of a tenant is visible only in a transaction that has named this tenant (SET LOCAL pulse.tenant). The owner of the
-- tables, who migrates and administers, is not bound.
DO $$
DECLARE
    name text;
BEGIN
    FOR name IN
        SELECT c.table_name
        FROM information_schema.columns c
        JOIN information_schema.tables t USING (table_schema, table_name)
        WHERE c.table_schema = 'public' AND c.column_name = 'tenant_id' AND t.table_type = 'BASE TABLE'
    LOOP
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

ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON tenants TO pulse_app USING (id = NULLIF(current_setting('pulse.tenant', true), '')::uuid);
DO $$ BEGIN EXECUTE format('CREATE POLICY owner ON tenants TO %I USING (true) WITH CHECK (true)', current_user); END $$;
GRANT SELECT ON tenants TO pulse_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO pulse_app;
