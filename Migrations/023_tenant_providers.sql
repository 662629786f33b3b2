-- Who has given an integration's definition: the installation, at a terminal, or the tenant, over the API. A tenant's leads to public
-- addresses only, and reads no environment.
ALTER TABLE integrations ADD COLUMN origin text NOT NULL DEFAULT 'installation' CHECK (origin IN ('installation', 'tenant'));

-- The tenants' own embedding providers, as files of Providers/ are.
CREATE TABLE tenant_providers (
    tenant_id  uuid NOT NULL REFERENCES tenants ON DELETE CASCADE,
    id         text NOT NULL CHECK (id ~ '^[a-z0-9][a-z0-9._-]{0,99}$'),
    definition text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    updated_by text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);

ALTER TABLE tenant_providers ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenant_providers FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON tenant_providers TO pulse_app
    USING (tenant_id = NULLIF(current_setting('pulse.tenant', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('pulse.tenant', true), '')::uuid);
DO $$ BEGIN
    EXECUTE format('CREATE POLICY owner ON tenant_providers TO %I USING (true) WITH CHECK (true)', current_user);
END $$;
GRANT SELECT, INSERT, UPDATE, DELETE ON tenant_providers TO pulse_app;
