CREATE TABLE ai_performance_metrics (
    id                    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id             uuid NOT NULL REFERENCES tenants ON DELETE CASCADE,
    metric_name           text NOT NULL,
    metric_value          double precision NOT NULL,
    metric_unit           text NOT NULL,
    service_name          text NOT NULL,
    job_run_id            uuid REFERENCES job_runs ON DELETE SET NULL,
    measurement_timestamp timestamptz NOT NULL DEFAULT now(),
    labels                jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX ai_performance_metrics_series ON ai_performance_metrics (tenant_id, metric_name, measurement_timestamp DESC);

CREATE TABLE ai_anomalies (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id  uuid NOT NULL REFERENCES tenants ON DELETE CASCADE,
    metric     text NOT NULL,
    value      double precision NOT NULL,
    baseline   double precision NOT NULL,
    deviation  double precision NOT NULL,
    severity   text NOT NULL CHECK (severity IN ('low', 'medium', 'high', 'critical')),
    type       text NOT NULL,
    run        uuid REFERENCES job_runs ON DELETE SET NULL,
    status     text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'acknowledged', 'resolved')),
    opened_at  timestamptz NOT NULL DEFAULT now(),
    changed_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX ai_anomalies_one_open ON ai_anomalies (tenant_id, metric, type) WHERE status <> 'resolved';

CREATE TABLE ai_learning_memory (
    id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id        uuid NOT NULL REFERENCES tenants ON DELETE CASCADE,
    error_type       text NOT NULL,
    fingerprint      text NOT NULL,
    user_intent      text NOT NULL,
    failed_query     text NOT NULL,
    specific_issue   text NOT NULL,
    learning_context jsonb NOT NULL DEFAULT '{}',
    resolution       text,
    resolved_after   interval,
    occurrences      bigint NOT NULL DEFAULT 1,
    first_seen_at    timestamptz NOT NULL DEFAULT now(),
    last_seen_at     timestamptz NOT NULL DEFAULT now(),
    UNIQUE (tenant_id, fingerprint)
);

CREATE TABLE ai_predictions (
    id                bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id         uuid NOT NULL REFERENCES tenants ON DELETE CASCADE,
    model_name        text NOT NULL,
    model_version     text NOT NULL,
    prediction_type   text NOT NULL,
    input_data        jsonb NOT NULL,
    prediction_result jsonb NOT NULL,
    confidence_score  double precision,
    actual_outcome    jsonb,
    accuracy_score    double precision,
    created_at        timestamptz NOT NULL DEFAULT now(),
    validated_at      timestamptz
);
