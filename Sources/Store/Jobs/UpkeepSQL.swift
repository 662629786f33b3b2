/// What is deleted of a tenant `$1` when it is older than `$2` seconds, 5,000 rows at a time.
enum UpkeepSQL {
    static let events = """
        DELETE FROM job_events WHERE id IN (
            SELECT e.id FROM job_events e JOIN job_runs r ON r.id = e.run_id
            WHERE e.tenant_id = $1 AND e.created_at < now() - make_interval(secs => $2) AND r.state <> 'RUNNING' LIMIT 5000
        )
        """

    /// The newest run of each job stays, however old: it says what the job has done.
    static let runs = """
        DELETE FROM job_runs WHERE id IN (
            SELECT r.id FROM job_runs r
            WHERE r.tenant_id = $1 AND r.finished_at < now() - make_interval(secs => $2) AND r.state <> 'RUNNING'
              AND NOT EXISTS (SELECT FROM etl_jobs j WHERE j.tenant_id = $1 AND j.run_id = r.id)
            LIMIT 5000
        )
        """

    static let rejectedRecords = """
        DELETE FROM rejected_records WHERE id IN (
            SELECT id FROM rejected_records
            WHERE tenant_id = $1 AND last_seen_at < now() - make_interval(secs => $2) LIMIT 5000
        )
        """

    static let rawRecords = """
        DELETE FROM raw_records WHERE id IN (
            SELECT id FROM raw_records
            WHERE tenant_id = $1 AND fetched_at < now() - make_interval(secs => $2) LIMIT 5000
        )
        """

    /// Worked off or not: what none could read within that time, the syncs have found long since.
    static let deliveries = """
        DELETE FROM webhook_deliveries WHERE id IN (
            SELECT id FROM webhook_deliveries
            WHERE tenant_id = $1 AND received_at < now() - make_interval(secs => $2) LIMIT 5000
        )
        """

    static let anomalies = """
        DELETE FROM ai_anomalies WHERE id IN (
            SELECT id FROM ai_anomalies
            WHERE tenant_id = $1 AND status = 'resolved' AND resolved_at < now() - make_interval(secs => $2) LIMIT 5000
        )
        """

    static let memory = """
        DELETE FROM ai_learning_memory WHERE id IN (
            SELECT id FROM ai_learning_memory
            WHERE tenant_id = $1 AND resolved_at IS NOT NULL AND last_seen_at < now() - make_interval(secs => $2) LIMIT 5000
        )
        """

    /// A vector that nothing has needed for a day belongs to a text that is no more.
    static let unwrittenVectors = """
        DELETE FROM unwritten_vectors WHERE tenant_id = $1 AND content_hash IN (
            SELECT content_hash FROM unwritten_vectors
            WHERE tenant_id = $1 AND kept_at < now() - make_interval(secs => $2) LIMIT 5000
        )
        """

    /// Tickets for progress channels that nobody has used in their time.
    static let tickets = """
        DELETE FROM progress_tickets WHERE digest IN (
            SELECT digest FROM progress_tickets
            WHERE tenant_id = $1 AND expires_at < now() - make_interval(secs => $2) LIMIT 5000
        )
        """

    /// Answers that are kept for clients who repeat a request.
    static let answers = """
        DELETE FROM idempotency_keys WHERE (caller, key) IN (
            SELECT caller, key FROM idempotency_keys
            WHERE tenant_id = $1 AND created_at < now() - make_interval(secs => $2) LIMIT 5000
        )
        """

    /// The same of administrators of the installation, who belong to no tenant; visible where no tenant is named.
    static let answersOfNobody = """
        DELETE FROM idempotency_keys WHERE (caller, key) IN (
            SELECT caller, key FROM idempotency_keys
            WHERE tenant_id IS NULL AND created_at < now() - make_interval(secs => $1) LIMIT 5000
        )
        """
}
