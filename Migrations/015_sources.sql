-- What a year of unattended extraction needs: tags that tell whether a list has changed, tombstones of what was never seen alive,
-- deliveries of webhooks, sweeps of ids, and GitHub's deployments, releases and commits of default branches in full.

ALTER TABLE job_checkpoints
    -- What the source gave to ask "has this changed?" with (entity tags), good from the last finished pass on.
    ADD COLUMN validators jsonb;

-- `{repository}#{number}` for what hangs on a pull request, the repository's id for the rest; where an object does not say itself
-- what it belongs to.
ALTER TABLE raw_records ADD COLUMN parent text;
CREATE INDEX raw_records_fetched ON raw_records (tenant_id, integration_id, fetched_at, id);
-- Objects of more than 2 kB are compressed, with lz4 where the server has it.
DO $$
BEGIN
    ALTER TABLE raw_records ALTER COLUMN body SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported OR invalid_parameter_value THEN
    -- A server that was built without lz4 compresses in its own way.
    NULL;
END
$$;

ALTER TABLE deployments
    ADD COLUMN url        text,
    ADD COLUMN ref        text,
    ADD COLUMN task       text,
    ADD COLUMN creator    text,
    -- The first status that said in_progress, and the newest status of all.
    ADD COLUMN started_at timestamptz,
    ADD COLUMN updated_at timestamptz,
    ADD COLUMN is_production boolean,
    ADD COLUMN deleted_at timestamptz;
CREATE INDEX deployments_by_time ON deployments (tenant_id, integration_id, repository_id, environment, deployed_at);

-- Oldest first, as they were said; a deployment's states over time tell a failure that was mended from one that was not.
CREATE TABLE deployment_statuses (
    tenant_id      uuid NOT NULL,
    integration_id uuid NOT NULL,
    deployment_id  text NOT NULL,
    state          text NOT NULL,
    at             timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, integration_id, deployment_id, at, state),
    FOREIGN KEY (tenant_id, integration_id) REFERENCES integrations (tenant_id, id) ON DELETE CASCADE
);

ALTER TABLE releases
    ADD COLUMN url        text,
    ADD COLUMN body       text,
    ADD COLUMN author     text,
    ADD COLUMN target     text,
    ADD COLUMN is_draft   boolean NOT NULL DEFAULT false,
    ADD COLUMN created_at timestamptz,
    ADD COLUMN deleted_at timestamptz;

CREATE TABLE branch_commits (
    tenant_id      uuid NOT NULL,
    integration_id uuid NOT NULL,
    repository_id  text NOT NULL,
    branch         text NOT NULL,
    sha            text NOT NULL,
    message        text NOT NULL,
    author_login   text,
    author_name    text,
    author_email   text,
    authored_date  timestamptz,
    committed_date timestamptz,
    url            text,
    parents        text[] NOT NULL DEFAULT '{}',
    fetched_at     timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, integration_id, repository_id, branch, sha),
    FOREIGN KEY (tenant_id, integration_id) REFERENCES integrations (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX branch_commits_by_time ON branch_commits (tenant_id, integration_id, repository_id, committed_date);
CREATE INDEX branch_commits_sha ON branch_commits (tenant_id, sha);

-- A deletion that was told before the row was seen: a page that was fetched earlier must not bring it to life.
CREATE TABLE entity_tombstones (
    entity         uuid PRIMARY KEY,
    tenant_id      uuid NOT NULL,
    integration_id uuid NOT NULL,
    deleted_at     timestamptz NOT NULL,
    FOREIGN KEY (tenant_id, integration_id) REFERENCES integrations (tenant_id, id) ON DELETE CASCADE
);

-- What sources told by themselves, each delivery once.
CREATE TABLE webhook_deliveries (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id      uuid NOT NULL,
    integration_id uuid NOT NULL,
    delivery_id    text NOT NULL,
    event          text NOT NULL,
    -- As it came, for the signature was over these bytes; dropped once it is worked off.
    body           bytea,
    status         text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'done', 'ignored', 'failed')),
    attempts       integer NOT NULL DEFAULT 0,
    available_at   timestamptz NOT NULL DEFAULT now(),
    message        text,
    received_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at    timestamptz,
    UNIQUE (tenant_id, integration_id, delivery_id),
    FOREIGN KEY (tenant_id, integration_id) REFERENCES integrations (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX webhook_deliveries_open ON webhook_deliveries (available_at, id) WHERE status = 'pending';

-- Sweeps: every id that a source lists now, page by page, and what a complete sweep did not find.
CREATE TABLE sweeps (
    tenant_id      uuid NOT NULL,
    integration_id uuid NOT NULL,
    -- Such as `prs:42`, `review-comments:42`, `repositories`.
    unit           text NOT NULL,
    started_at     timestamptz,
    cursor         text,
    finished_at    timestamptz,
    -- Set where a sweep found too much missing: nothing goes until a person has looked.
    stopped_at     timestamptz,
    missing        bigint,
    known          bigint,
    accepted_by    text,
    PRIMARY KEY (tenant_id, integration_id, unit),
    FOREIGN KEY (tenant_id, integration_id) REFERENCES integrations (tenant_id, id) ON DELETE CASCADE
);
CREATE TABLE sweep_sightings (
    tenant_id      uuid NOT NULL,
    integration_id uuid NOT NULL,
    unit           text NOT NULL,
    stable_id      text NOT NULL,
    PRIMARY KEY (tenant_id, integration_id, unit, stable_id),
    FOREIGN KEY (tenant_id, integration_id) REFERENCES integrations (tenant_id, id) ON DELETE CASCADE
);
CREATE TABLE sweep_absences (
    tenant_id      uuid NOT NULL,
    integration_id uuid NOT NULL,
    unit           text NOT NULL,
    stable_id      text NOT NULL,
    sweeps         integer NOT NULL DEFAULT 1,
    since          timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, integration_id, unit, stable_id),
    FOREIGN KEY (tenant_id, integration_id) REFERENCES integrations (tenant_id, id) ON DELETE CASCADE
);

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['deployment_statuses', 'branch_commits', 'entity_tombstones', 'webhook_deliveries', 'sweeps',
        'sweep_sightings', 'sweep_absences']
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
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO pulse_app;

-- Whose integration a webhook's address names. Told before anybody has proved anything: the caller checks the signature with the
-- secret that the integration names, and answers alike whether or not there is one.
CREATE FUNCTION webhook_integration(p_integration uuid) RETURNS TABLE (tenant_id uuid, kind text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT i.tenant_id, i.kind
    FROM integrations i JOIN tenants t ON t.id = i.tenant_id
    WHERE i.id = p_integration AND i.active AND t.active
$$;

-- Deliveries that wait, oldest first, as ids only; and each once at a time: they count as taken for p_lease.
CREATE FUNCTION claim_webhooks(p_limit integer, p_lease interval)
RETURNS TABLE (tenant_id uuid, integration_id uuid, id bigint, attempts integer)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE webhook_deliveries d
    SET available_at = now() + p_lease, attempts = d.attempts + 1
    WHERE d.id IN (
        SELECT w.id FROM webhook_deliveries w
        WHERE w.status = 'pending' AND w.available_at <= now()
        ORDER BY w.available_at, w.id
        LIMIT p_limit
        FOR UPDATE SKIP LOCKED
    )
    RETURNING d.tenant_id, d.integration_id, d.id, d.attempts
$$;

REVOKE ALL ON FUNCTION webhook_integration(uuid), claim_webhooks(integer, interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION webhook_integration(uuid), claim_webhooks(integer, interval) TO pulse_app;
