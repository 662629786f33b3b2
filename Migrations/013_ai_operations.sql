-- What AI operations need to be read, judged, acknowledged, resolved and kept in bounds.

-- Measurements outlive their runs; one of a run that is gone must not cost the whole batch.
ALTER TABLE ai_performance_metrics DROP CONSTRAINT ai_performance_metrics_job_run_id_fkey;
CREATE INDEX ai_performance_metrics_age ON ai_performance_metrics (tenant_id, measurement_timestamp);

-- Hours whose measurements are gone. Percentiles are of the measurements of that hour.
CREATE TABLE ai_metric_hours (
    tenant_id    uuid NOT NULL REFERENCES tenants ON DELETE CASCADE,
    metric_name  text NOT NULL,
    hour         timestamptz NOT NULL,
    labels       jsonb NOT NULL DEFAULT '{}',
    metric_unit  text NOT NULL,
    count        bigint NOT NULL,
    sum          double precision NOT NULL,
    minimum      double precision NOT NULL,
    maximum      double precision NOT NULL,
    p50          double precision NOT NULL,
    p95          double precision NOT NULL,
    PRIMARY KEY (tenant_id, metric_name, hour, labels)
);

ALTER TABLE ai_anomalies
    -- Which of a metric's series: its labels, as text.
    ADD COLUMN series          text NOT NULL DEFAULT '',
    ADD COLUMN unit            text NOT NULL DEFAULT '',
    -- The band of what is usual, around the baseline.
    ADD COLUMN band            double precision NOT NULL DEFAULT 0,
    ADD COLUMN samples         integer NOT NULL DEFAULT 0,
    -- The gravest severity that it had.
    ADD COLUMN worst           text NOT NULL DEFAULT 'low' CHECK (worst IN ('low', 'medium', 'high', 'critical')),
    ADD COLUMN acknowledged_by text,
    ADD COLUMN acknowledged_at timestamptz,
    ADD COLUMN resolved_by     text,
    ADD COLUMN resolved_at     timestamptz,
    -- Why it was resolved, or what whoever acknowledged it had to say.
    ADD COLUMN note            text,
    ADD CHECK ((status = 'resolved') = (resolved_at IS NOT NULL));
DROP INDEX ai_anomalies_one_open;
CREATE UNIQUE INDEX ai_anomalies_one_open ON ai_anomalies (tenant_id, metric, series, type) WHERE status <> 'resolved';
CREATE INDEX ai_anomalies_recent ON ai_anomalies (tenant_id, id DESC);
CREATE INDEX ai_anomalies_run ON ai_anomalies (run) WHERE run IS NOT NULL;

ALTER TABLE ai_learning_memory
    ADD COLUMN service            text NOT NULL DEFAULT '',
    -- What must succeed for the failure to be over.
    ADD COLUMN subjects           text[] NOT NULL DEFAULT '{}',
    -- What was done about it, the newest last.
    ADD COLUMN tried              jsonb NOT NULL DEFAULT '[]',
    -- Since when it has not been over; resolution and resolved_after speak of the last time that it ended.
    ADD COLUMN episode_started_at timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN resolved_at        timestamptz,
    ADD COLUMN self_healed        bigint NOT NULL DEFAULT 0,
    ADD COLUMN healed_by_hand     bigint NOT NULL DEFAULT 0,
    -- What somebody has done about it since it began this time.
    ADD COLUMN mended_by          text,
    -- Of its text, as float4 in little endian, for the search of similar failures.
    ADD COLUMN vector             bytea,
    ADD COLUMN vector_space       text;
CREATE INDEX ai_learning_memory_open ON ai_learning_memory (tenant_id) WHERE resolved_at IS NULL;
CREATE INDEX ai_learning_memory_recent ON ai_learning_memory (tenant_id, last_seen_at DESC, id DESC);

-- Why a failed job is retried as it is.
ALTER TABLE etl_jobs ADD COLUMN recovery_reason text;
ALTER TABLE job_runs
    ADD COLUMN recovery_reason text,
    ADD COLUMN steps jsonb NOT NULL DEFAULT '[]';
CREATE INDEX job_runs_age ON job_runs (tenant_id, finished_at) WHERE finished_at IS NOT NULL;

ALTER TABLE ai_metric_hours ENABLE ROW LEVEL SECURITY;
ALTER TABLE ai_metric_hours FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON ai_metric_hours TO pulse_app
    USING (tenant_id = NULLIF(current_setting('pulse.tenant', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('pulse.tenant', true), '')::uuid);
DO $$ BEGIN EXECUTE format('CREATE POLICY owner ON ai_metric_hours TO %I USING (true) WITH CHECK (true)', current_user); END $$;
GRANT SELECT, INSERT, UPDATE, DELETE ON ai_metric_hours TO pulse_app;

-- A changed integration is what a person does about failures of its jobs, by whichever way it is changed.
CREATE FUNCTION integration_was_mended() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE ai_learning_memory m
    SET mended_by = 'a change of the integration ' || NEW.name,
        tried = jsonb_path_query_array(
            m.tried || jsonb_build_object('action', 'change', 'reason', 'the integration was changed',
                'at', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')),
            '$[last - 9 to last]'
        )
    WHERE m.tenant_id = NEW.tenant_id AND m.resolved_at IS NULL
      AND m.subjects && ARRAY['job:github_job:' || NEW.id, 'job:jira_job:' || NEW.id];
    RETURN NULL;
END
$$;
CREATE TRIGGER integration_was_mended AFTER UPDATE OF configuration, base_url, active ON integrations
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION integration_was_mended();

-- The tenants that something was measured of since a time. Ids only.
CREATE FUNCTION measured_tenants(p_since timestamptz) RETURNS TABLE (tenant_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT t.id FROM tenants t
    WHERE t.active AND EXISTS (
        SELECT FROM ai_performance_metrics m WHERE m.tenant_id = t.id AND m.measurement_timestamp >= p_since
    )
$$;
REVOKE ALL ON FUNCTION measured_tenants(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION measured_tenants(timestamptz) TO pulse_app;
