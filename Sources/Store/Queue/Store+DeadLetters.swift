public import Foundation
import Postgres
public import PulseModel

extension Store {
    /// The rows that were given up, newest first.
    ///
    /// - Parameter after: the position of the last one of the page before.
    public func deadLetters(
        tenant: UUID,
        table: EntityTable? = nil,
        kind: FailureKind? = nil,
        after: DeadLetter.Position? = nil,
        limit: Int = 100
    ) async throws -> [DeadLetter] {
        try await self.inTenant(tenant) { connection in
            try await connection.query(
                """
                WITH letters AS (
                    SELECT id, table_name, external_id, failure_kind, error_message, attempts, started_at,
                        (extract(epoch FROM coalesce(started_at, created_at)) * 1000000)::bigint AS at
                    FROM vectorization_queue
                    WHERE tenant_id = $1 AND status = 'failed' AND ($3::text IS NULL OR table_name = $3::text)
                      AND ($4::text IS NULL OR failure_kind = $4::text)
                )
                SELECT * FROM letters
                WHERE $5::bigint IS NULL OR (at, id) < ($5::bigint, $6::bigint)
                ORDER BY at DESC, id DESC
                LIMIT $2::bigint
                """,
                [
                    .uuid(tenant), .int(limit), .optional(table?.rawValue), .optional(kind?.rawValue),
                    .optional(after?.microseconds), .optional(after?.id),
                ]
            ).map { row in
                try DeadLetter(
                    position: DeadLetter.Position(microseconds: row.decode("at"), id: row.decode("id")),
                    table: row.decode("table_name"),
                    externalID: row.decode("external_id"),
                    kind: row.decode("failure_kind"),
                    reason: row.decode("error_message", as: String?.self).map(FailureText.withoutHosts),
                    attempts: row.decode("attempts"),
                    lastAttempt: row.decode("started_at")
                )
            }
        }
    }

    /// Why rows wait that have been tried, with how many wait for each reason; those for which most wait first.
    public func delays(tenant: UUID, limit: Int = 100) async throws -> [QueueDelay] {
        let delays = try await self.inTenant(tenant) { connection in
            try await connection.query(
                """
                SELECT table_name, failure_kind, error_message, count(*) AS rows, min(available_at) AS next_at
                FROM vectorization_queue
                WHERE tenant_id = $1 AND status = 'pending' AND failure_kind IS NOT NULL
                GROUP BY table_name, failure_kind, error_message
                ORDER BY rows DESC, table_name, failure_kind, error_message
                LIMIT $2::bigint
                """,
                [.uuid(tenant), .int(limit)]
            ).map { row in
                try QueueDelay(
                    table: row.decode("table_name"),
                    kind: row.decode("failure_kind"),
                    reason: row.decode("error_message", as: String?.self).map(FailureText.withoutHosts),
                    rows: row.decode("rows"),
                    nextAttempt: row.decode("next_at")
                )
            }
        }
        // Those that differed in what is not shown are one.
        var told: [QueueDelay] = []
        for delay in delays {
            let same = told.firstIndex { ($0.table, $0.kind, $0.reason) == (delay.table, delay.kind, delay.reason) }
            guard let same else {
                told.append(delay)
                continue
            }
            told[same].rows += delay.rows
            told[same].nextAttempt = min(told[same].nextAttempt, delay.nextAttempt)
        }
        return told
    }

    /// Sends given-up rows back into the queue.
    ///
    /// - Parameters:
    ///   - table: only this table's rows.
    ///   - kind: only rows that failed so.
    /// - Returns: how many went back.
    public func requeue(tenant: UUID, table: EntityTable? = nil, kind: FailureKind? = nil) async throws -> Int {
        try await self.inTenant(tenant) { connection in
            let rows = try await connection.query(
                """
                UPDATE vectorization_queue
                SET status = 'pending', attempts = 0, crashes = 0, available_at = now(), failure_kind = NULL, error_message = NULL,
                    generation = nextval('vectorization_generation')
                WHERE tenant_id = $1 AND status = 'failed' AND ($2::text IS NULL OR table_name = $2::text)
                  AND ($3::text IS NULL OR failure_kind = $3::text)
                """,
                [.uuid(tenant), .optional(table?.rawValue), .optional(kind?.rawValue)]
            )
            if rows.affectedRows > 0 {
                try await connection.query(QueueSQL.notify)
                try await Self.noteRetryByHand(
                    prefix: LearnedFailure.rowPrefix,
                    by: "its rows were requeued",
                    tenant: tenant,
                    connection: connection
                )
            }
            return rows.affectedRows
        }
    }

    /// Puts entities into the queue whose index was found wrong, or is to be made anew.
    ///
    /// - Returns: how many were added or raised.
    public func enqueue(tenant: UUID, table: EntityTable, entities: [UUID], priority: Int = 5) async throws -> Int {
        guard !entities.isEmpty else { return 0 }
        return try await self.inTenantByIndex(tenant) { connection in
            let count = try await Self.enqueue(entities, of: table, tenant: tenant, priority: priority, connection: connection)
            if count > 0 { try await connection.query(QueueSQL.notify) }
            return count
        }
    }

    /// `$3` are the entities.
    package static func enqueueStatement(of table: EntityTable) -> String {
        """
        WITH change AS (
            SELECT t.integration_id, '\(table.source.rawValue)' AS source, '\(table.rawValue)' AS table_name,
                t.external_id, t.entity, CASE WHEN t.deleted_at IS NULL THEN 'update' ELSE 'delete' END AS operation
            FROM \(table.rawValue) t
            WHERE t.tenant_id = $1 AND t.entity = ANY ($3)
        )
        \(QueueSQL.enqueueChanges)
        """
    }

    package static let notifyStatement = QueueSQL.notify

    @discardableResult
    static func enqueue(
        _ entities: [UUID],
        of table: EntityTable,
        tenant: UUID,
        priority: Int,
        connection: PostgresConnection
    ) async throws -> Int {
        try await connection.query(
            Self.enqueueStatement(of: table),
            [.uuid(tenant), .int(priority), .uuids(entities)]
        ).affectedRows
    }
}
