-- The watch for anomalies reads the newest measurements of each series by itself, up to a time: read together, a busy series hides the
-- others, and what is measured now hides what was usual.
CREATE INDEX ai_performance_metrics_labels ON ai_performance_metrics (tenant_id, metric_name, labels, measurement_timestamp DESC);

-- The newest p_limit measurements of each series of a metric, from p_since until before p_until, the earliest first. As the owner, who
-- may look for labels by the index; of the tenant that the transaction has named, and of no other.
CREATE FUNCTION series_samples(p_metric text, p_since timestamptz, p_until timestamptz, p_limit bigint)
RETURNS TABLE (metric_value double precision, measurement_timestamp timestamptz, labels text, job_run_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
    WITH RECURSIVE tenant AS (SELECT NULLIF(current_setting('pulse.tenant', true), '')::uuid AS id),
    -- From one series to the next by the index, over all of their measurements at a step.
    series AS (
        SELECT (
            SELECT m.labels FROM ai_performance_metrics m
            WHERE m.tenant_id = (SELECT id FROM tenant) AND m.metric_name = p_metric
            ORDER BY m.labels LIMIT 1
        ) AS labels
        UNION ALL
        SELECT (
            SELECT m.labels FROM ai_performance_metrics m
            WHERE m.tenant_id = (SELECT id FROM tenant) AND m.metric_name = p_metric AND m.labels > s.labels
            ORDER BY m.labels LIMIT 1
        )
        FROM series s WHERE s.labels IS NOT NULL
    )
    SELECT newest.metric_value, newest.measurement_timestamp, s.labels::text, newest.job_run_id
    FROM series s CROSS JOIN LATERAL (
        SELECT m.metric_value, m.measurement_timestamp, m.job_run_id FROM ai_performance_metrics m
        WHERE m.tenant_id = (SELECT id FROM tenant) AND m.metric_name = p_metric AND m.labels = s.labels
          AND m.measurement_timestamp >= p_since AND m.measurement_timestamp < coalesce(p_until, 'infinity')
        ORDER BY m.measurement_timestamp DESC LIMIT p_limit
    ) newest
    WHERE s.labels IS NOT NULL
    ORDER BY newest.measurement_timestamp
$$;

REVOKE ALL ON FUNCTION series_samples(text, timestamptz, timestamptz, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION series_samples(text, timestamptz, timestamptz, bigint) TO pulse_app;
