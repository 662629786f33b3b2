-- Keys that issues had before they were moved or their project's key changed. Jira still leads from them to the issue, and pull
-- requests go on to name them.
CREATE TABLE work_item_keys (
    tenant_id      uuid NOT NULL,
    integration_id uuid NOT NULL,
    work_item_id   text NOT NULL,
    key            text NOT NULL,
    PRIMARY KEY (tenant_id, key, integration_id, work_item_id),
    FOREIGN KEY (tenant_id, integration_id) REFERENCES integrations (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX work_item_keys_work_item ON work_item_keys (tenant_id, integration_id, work_item_id);

ALTER TABLE work_item_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE work_item_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON work_item_keys TO pulse_app
    USING (tenant_id = NULLIF(current_setting('pulse.tenant', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('pulse.tenant', true), '')::uuid);
DO $$
BEGIN
    EXECUTE format('CREATE POLICY owner ON work_item_keys TO %I USING (true) WITH CHECK (true)', current_user);
END
$$;
GRANT SELECT, INSERT, UPDATE, DELETE ON work_item_keys TO pulse_app;

-- What the histories tell of moves so far.
INSERT INTO work_item_keys (tenant_id, integration_id, work_item_id, key)
SELECT c.tenant_id, c.integration_id, c.work_item_id, e->>'fromText'
FROM changelogs c
CROSS JOIN jsonb_array_elements(c.items) e
WHERE c.items @> '[{"field": "Key"}]' AND e->>'field' = 'Key' AND e->>'fromText' ~ '^[A-Z][A-Z0-9_]*-[0-9]+$'
  AND c.deleted_at IS NULL
ON CONFLICT DO NOTHING;

-- Links that still say the key which their issue had.
WITH renamed AS (
    UPDATE wits_prs_links l
    SET work_item_key = w.key, external_id = w.key || '~' || l.repo_full_name || '#' || l.pr_number, last_updated_at = now()
    FROM work_items w
    WHERE w.tenant_id = l.tenant_id AND w.integration_id = l.integration_id AND w.stable_id = l.work_item_id
      AND w.key <> l.work_item_key AND w.deleted_at IS NULL AND l.deleted_at IS NULL
    RETURNING l.tenant_id, l.integration_id, l.external_id, l.entity
)
INSERT INTO vectorization_queue AS q (tenant_id, integration_id, source, table_name, external_id, entity, operation)
SELECT tenant_id, integration_id, 'jira', 'wits_prs_links', external_id, entity, 'update' FROM renamed
ON CONFLICT (entity) DO UPDATE SET
    generation = nextval('vectorization_generation'), external_id = excluded.external_id, operation = excluded.operation,
    status = CASE q.status WHEN 'processing' THEN 'processing' ELSE 'pending' END;
