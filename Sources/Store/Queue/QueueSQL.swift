/// The one statement that puts changes into the queue.
enum QueueSQL {
    /// Continues a `WITH … ` whose last part, `change`, gives `integration_id, source, table_name, external_id, entity, operation`.
    /// `$1` is the tenant, `$2` the priority.
    ///
    /// The generation is drawn in the conflict's branch too, and a row that is being worked off keeps its status and lease: its
    /// holder finds the raised generation when it completes.
    static let enqueueChanges = """
        INSERT INTO vectorization_queue AS q
            (tenant_id, integration_id, source, table_name, external_id, entity, operation, priority)
        SELECT $1::uuid, c.integration_id, c.source, c.table_name, c.external_id, c.entity, c.operation, $2::smallint
        FROM (
            SELECT DISTINCT ON (entity) integration_id, source, table_name, external_id, entity, operation
            FROM change
            ORDER BY entity
        ) c
        ON CONFLICT (entity) DO UPDATE SET
            generation = nextval('vectorization_generation'),
            external_id = excluded.external_id,
            -- What comes back before its deletion was worked off is no new entity.
            operation = CASE WHEN excluded.operation = 'insert' AND q.operation <> 'insert' THEN 'update' ELSE excluded.operation END,
            priority = least(q.priority, excluded.priority),
            status = CASE q.status WHEN 'processing' THEN 'processing' ELSE 'pending' END,
            attempts = CASE q.status WHEN 'processing' THEN q.attempts ELSE 0 END,
            crashes = CASE q.status WHEN 'failed' THEN 0 ELSE q.crashes END,
            -- A row that changes often keeps its place; what a limit asks to wait is waited.
            available_at = CASE
                WHEN q.status = 'processing' OR (q.status = 'pending' AND q.failure_kind = 'rate_limited') THEN q.available_at
                WHEN q.status = 'pending' THEN least(q.available_at, now())
                ELSE now()
            END,
            failure_kind = CASE WHEN q.status = 'processing' OR q.failure_kind = 'rate_limited' THEN q.failure_kind END,
            error_message = CASE WHEN q.status = 'processing' OR q.failure_kind = 'rate_limited' THEN q.error_message END
        """

    /// Wakes idle workers once the transaction has committed.
    static let notify = "SELECT pg_notify('pulse_queue', '')"

    /// The same, and tells every process that what the tenant `$1` may have waited for was mended.
    static let notifyMended = "SELECT pg_notify('pulse_queue', $1::text)"
}
