-- Where an audit that was interrupted goes on, and what it has found until there.
CREATE TABLE audit_checkpoints (
    tenant_id  uuid PRIMARY KEY REFERENCES tenants ON DELETE CASCADE,
    space      text NOT NULL,
    state      jsonb NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE audit_checkpoints ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_checkpoints FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON audit_checkpoints TO pulse_app
    USING (tenant_id = NULLIF(current_setting('pulse.tenant', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('pulse.tenant', true), '')::uuid);
DO $$ BEGIN EXECUTE format('CREATE POLICY owner ON audit_checkpoints TO %I USING (true) WITH CHECK (true)', current_user); END $$;
GRANT SELECT, INSERT, UPDATE, DELETE ON audit_checkpoints TO pulse_app;
