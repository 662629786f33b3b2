CREATE TABLE etl_jobs (
    id              uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    tenant_id       uuid NOT NULL REFERENCES tenants ON DELETE CASCADE,
    integration_id  uuid,
    job_name        text NOT NULL,
    status          text NOT NULL DEFAULT 'NOT_STARTED'
                    CHECK (status IN ('NOT_STARTED', 'PENDING', 'RUNNING', 'FINISHED', 'ERROR', 'PAUSED')),
    retry_count     integer NOT NULL DEFAULT 0,
    next_run_at     timestamptz,
    last_started_at timestamptz,
    last_success_at timestamptz,
    error_kind      text,
    error_message   text,
    updated_at      timestamptz NOT NULL DEFAULT now(),
    FOREIGN KEY (tenant_id, integration_id) REFERENCES integrations (tenant_id, id) ON DELETE CASCADE,
    UNIQUE NULLS NOT DISTINCT (tenant_id, integration_id, job_name)
);

CREATE TABLE job_runs (
    id             uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    tenant_id      uuid NOT NULL REFERENCES tenants ON DELETE CASCADE,
    integration_id uuid,
    job_name       text NOT NULL,
    channel        text NOT NULL,
    state          text NOT NULL DEFAULT 'RUNNING' CHECK (state IN ('RUNNING', 'FINISHED', 'ERROR')),
    -- The newest job_progress message, as it is sent.
    progress       jsonb,
    progress_seq   bigint NOT NULL DEFAULT 0,
    processed      bigint NOT NULL DEFAULT 0,
    failed         bigint NOT NULL DEFAULT 0,
    total          bigint,
    error_kind     text,
    error_message  text,
    heartbeat_at   timestamptz NOT NULL DEFAULT now(),
    started_at     timestamptz NOT NULL DEFAULT now(),
    finished_at    timestamptz,
    FOREIGN KEY (tenant_id, integration_id) REFERENCES integrations (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX job_runs_recent ON job_runs (tenant_id, channel, started_at DESC);

-- Start, completion and error of a run, as they are sent: these are never dropped.
CREATE TABLE job_events (
    run_id     uuid NOT NULL REFERENCES job_runs ON DELETE CASCADE,
    seq        integer NOT NULL,
    tenant_id  uuid NOT NULL REFERENCES tenants ON DELETE CASCADE,
    channel    text NOT NULL,
    id         bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    message    jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (run_id, seq)
);
CREATE INDEX job_events_channel ON job_events (tenant_id, channel, id);

-- Where an extraction goes on: one row a unit (a repository, a project, a list).
CREATE TABLE job_checkpoints (
    tenant_id      uuid NOT NULL,
    integration_id uuid NOT NULL,
    unit           text NOT NULL,
    -- The next page within the unit; null between runs.
    cursor         jsonb,
    -- The greatest update time seen in a finished pass.
    watermark      timestamptz,
    error_kind     text,
    error_message  text,
    updated_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, integration_id, unit),
    FOREIGN KEY (tenant_id, integration_id) REFERENCES integrations (tenant_id, id) ON DELETE CASCADE
);
