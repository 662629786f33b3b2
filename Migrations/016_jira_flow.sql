-- What follows from an issue's history: when work on it was promised, begun and done, how often, and how long it took. Derived in
-- the transaction that writes the issue or its history, and again when a mapping or workflow step changes; see WorkItemFlow.
ALTER TABLE work_items
    ADD COLUMN sprint_ids                text[] NOT NULL DEFAULT '{}',
    -- Values of the integration's additional fields, by field id.
    ADD COLUMN custom_fields             jsonb NOT NULL DEFAULT '{}',
    -- Whether Jira's development field names branches, commits or pull requests.
    ADD COLUMN code_changed              boolean NOT NULL DEFAULT false,
    ADD COLUMN work_first_committed_at   timestamptz,
    ADD COLUMN work_first_started_at     timestamptz,
    ADD COLUMN work_last_started_at      timestamptz,
    ADD COLUMN work_first_completed_at   timestamptz,
    ADD COLUMN work_last_completed_at    timestamptz,
    ADD COLUMN total_work_starts         integer NOT NULL DEFAULT 0,
    ADD COLUMN total_completions         integer NOT NULL DEFAULT 0,
    ADD COLUMN total_backlog_returns     integer NOT NULL DEFAULT 0,
    ADD COLUMN total_work_time_seconds   double precision NOT NULL DEFAULT 0,
    ADD COLUMN total_review_time_seconds double precision NOT NULL DEFAULT 0,
    -- Null while the issue is not done; the cycle time also where it was done without ever being in progress.
    ADD COLUMN total_cycle_time_seconds  double precision,
    ADD COLUMN total_lead_time_seconds   double precision,
    ADD COLUMN workflow_complexity_score integer NOT NULL DEFAULT 0,
    ADD COLUMN rework_indicator          boolean NOT NULL DEFAULT false,
    ADD COLUMN direct_completion         boolean NOT NULL DEFAULT false,
    -- Whether the issue stands in a status that counts as done, or as in progress.
    ADD COLUMN is_done                   boolean NOT NULL DEFAULT false,
    ADD COLUMN is_in_progress            boolean NOT NULL DEFAULT false;
CREATE INDEX work_items_completed ON work_items (tenant_id, work_last_completed_at) WHERE is_done;
CREATE INDEX work_items_in_progress ON work_items (tenant_id) WHERE is_in_progress;
CREATE INDEX work_items_sprints ON work_items USING gin (sprint_ids);

CREATE TABLE boards (
    tenant_id      uuid NOT NULL,
    integration_id uuid NOT NULL,
    stable_id      text NOT NULL,
    name           text NOT NULL,
    -- scrum, kanban or simple.
    board_type     text,
    project_id     text,
    project_key    text,
    fetched_at     timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, integration_id, stable_id),
    FOREIGN KEY (tenant_id, integration_id) REFERENCES integrations (tenant_id, id) ON DELETE CASCADE
);

-- How good a source's data was when it was last brought in: one row an assessment, with the four qualities and their mean, 0 to 100.
CREATE TABLE data_quality (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id      uuid NOT NULL,
    integration_id uuid NOT NULL,
    score          double precision NOT NULL,
    completeness   double precision NOT NULL,
    consistency    double precision NOT NULL,
    accuracy       double precision NOT NULL,
    timeliness     double precision NOT NULL,
    checked        bigint NOT NULL,
    assessed_at    timestamptz NOT NULL DEFAULT now(),
    FOREIGN KEY (tenant_id, integration_id) REFERENCES integrations (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX data_quality_newest ON data_quality (tenant_id, integration_id, id DESC);

-- What is wrong in the newest assessment: each rule that something breaks, with the records, the first hundred of a rule.
CREATE TABLE data_quality_findings (
    tenant_id      uuid NOT NULL,
    integration_id uuid NOT NULL,
    rule           text NOT NULL,
    quality        text NOT NULL CHECK (quality IN ('completeness', 'consistency', 'accuracy', 'timeliness')),
    table_name     text NOT NULL,
    external_id    text NOT NULL,
    reason         text NOT NULL,
    PRIMARY KEY (tenant_id, integration_id, rule, table_name, external_id),
    FOREIGN KEY (tenant_id, integration_id) REFERENCES integrations (tenant_id, id) ON DELETE CASCADE
);

-- Each rule of the newest assessment: of how many records, and how many break it.
CREATE TABLE data_quality_rules (
    tenant_id      uuid NOT NULL,
    integration_id uuid NOT NULL,
    rule           text NOT NULL,
    quality        text NOT NULL CHECK (quality IN ('completeness', 'consistency', 'accuracy', 'timeliness')),
    description    text NOT NULL,
    checked        bigint NOT NULL,
    broken         bigint NOT NULL,
    PRIMARY KEY (tenant_id, integration_id, rule),
    FOREIGN KEY (tenant_id, integration_id) REFERENCES integrations (tenant_id, id) ON DELETE CASCADE
);

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['boards', 'data_quality', 'data_quality_findings', 'data_quality_rules'] LOOP
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
