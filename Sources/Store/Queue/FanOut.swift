public import Foundation
import Postgres
import PulseModel

/// Queues the documents that show something of a change.
///
/// The first ``page`` of each table go with the change's own transaction. Where there are more, a row of `queue_fanouts` stands for
/// the rest, and workers queue it page by page: renaming a project of a million issues is as short a transaction as renaming one of
/// ten.
enum FanOut {
    /// Rows of one table that changed.
    struct Change {
        var table: EntityTable
        var integration: UUID
        var stableIDs: [String]
    }

    static let page = 1_000
    /// What merely shows something that changed goes after what changed.
    private static let priority = 5

    /// Queues the first page of each relation, and a fan-out where there are more.
    ///
    /// - Returns: how many were queued.
    static func begin(_ change: Change, tenant: UUID, connection: PostgresConnection) async throws -> Int {
        guard !change.stableIDs.isEmpty else { return 0 }
        var queued = 0
        for relation in Dependents.relations(of: change.table) {
            let page = try await Self.queuePage(of: relation, change, after: nil, tenant: tenant, connection: connection)
            queued += page.queued
            guard let last = page.last else { continue }
            try await connection.query(
                """
                INSERT INTO queue_fanouts (tenant_id, integration_id, table_name, stable_ids, dependents, after_entity)
                VALUES ($1, $2, $3::text, $4::text[], $5::text, $6)
                """,
                [
                    .uuid(tenant), .uuid(change.integration), .text(change.table.rawValue), .texts(change.stableIDs),
                    .text(relation.table.rawValue), .uuid(last),
                ]
            )
        }
        return queued
    }

    /// Queues the next page of the tenant's oldest fan-out that nobody else has in hand.
    ///
    /// - Returns: how many were queued; nil where there is no fan-out.
    static func goOn(tenant: UUID, connection: PostgresConnection) async throws -> Int? {
        let rows = try await connection.query(
            """
            SELECT id, integration_id, table_name, stable_ids, dependents, after_entity
            FROM queue_fanouts WHERE tenant_id = $1
            ORDER BY id LIMIT 1
            FOR UPDATE SKIP LOCKED
            """,
            [.uuid(tenant)]
        )
        guard let row = rows.first else { return nil }
        let id: Int = try row.decode("id")
        let dependents: String = try row.decode("dependents")
        var page: (queued: Int, last: UUID?) = (0, nil)
        // A release may have lost a table or a relation since: what nothing shows any more needs no queueing.
        if let table = EntityTable(rawValue: try row.decode("table_name")),
            let relation = Dependents.relations(of: table).first(where: { $0.table.rawValue == dependents })
        {
            page = try await Self.queuePage(
                of: relation,
                Change(table: table, integration: row.decode("integration_id"), stableIDs: row.decode("stable_ids")),
                after: row.decode("after_entity"),
                tenant: tenant,
                connection: connection
            )
        }
        if let last = page.last {
            try await connection.query(
                "UPDATE queue_fanouts SET after_entity = $2 WHERE id = $1 AND tenant_id = $3",
                [.int(id), .uuid(last), .uuid(tenant)]
            )
        } else {
            try await connection.query("DELETE FROM queue_fanouts WHERE id = $1 AND tenant_id = $2", [.int(id), .uuid(tenant)])
        }
        if page.queued > 0 { try await connection.query(QueueSQL.notify) }
        return page.queued
    }

    /// - Returns: how many were queued, and the last of them where there may be more.
    private static func queuePage(
        of relation: Dependents.Relation,
        _ change: Change,
        after: UUID?,
        tenant: UUID,
        connection: PostgresConnection
    ) async throws -> (queued: Int, last: UUID?) {
        let shifted = relation.query.replacing("$3", with: "$4::text[]").replacing("$2", with: "$3::uuid")
        let rows = try await connection.query(
            """
            WITH dependent AS (
                \(shifted)
            ), page AS (
                SELECT DISTINCT ON (d.entity) d.integration_id, d.table_name, d.external_id, d.entity
                FROM dependent d
                WHERE $5::uuid IS NULL OR d.entity > $5::uuid
                ORDER BY d.entity
                LIMIT $6::bigint
            ), change AS (
                SELECT p.integration_id, '\(relation.table.source.rawValue)' AS source, p.table_name, p.external_id, p.entity,
                    'update' AS operation
                FROM page p
            ), queued AS (
                \(QueueSQL.enqueueChanges)
                RETURNING 1
            )
            SELECT (SELECT count(*) FROM queued) AS queued, (SELECT count(*) FROM page) AS found,
                (SELECT entity FROM page ORDER BY entity DESC LIMIT 1) AS last
            """,
            [
                .uuid(tenant), .int(Self.priority), .uuid(change.integration), .texts(change.stableIDs), .optional(after),
                .int(Self.page),
            ]
        )
        guard let row = rows.first else { return (0, nil) }
        let found: Int = try row.decode("found")
        return (try row.decode("queued"), found < Self.page ? nil : try row.decode("last"))
    }
}

extension Store {
    /// Queues one page of a change that reaches many documents (``FanOut``), of any tenant or of one.
    ///
    /// - Returns: whether there was one: then there may be more.
    public func fanOut(tenant: UUID? = nil) async throws -> Bool {
        let tenants: [UUID] =
            if let tenant {
                [tenant]
            } else {
                try await self.pool.query("SELECT tenant_id FROM tenants_fanning_out()").map { try $0.decode("tenant_id") }
            }
        for tenant in tenants.shuffled() {
            let queued = try await self.inTenant(tenant) { connection in
                try await FanOut.goOn(tenant: tenant, connection: connection)
            }
            if queued != nil { return true }
        }
        return false
    }

    /// Whether a change of the tenant's still reaches documents that are not queued, whoever has its pages in hand:
    /// ``fanOut(tenant:)`` finds nothing to do where another worker has.
    public func isFanningOut(tenant: UUID) async throws -> Bool {
        try await self.inTenant(tenant) { connection in
            let rows = try await connection.query(
                "SELECT EXISTS (SELECT 1 FROM queue_fanouts WHERE tenant_id = $1) AS found",
                [.uuid(tenant)]
            )
            return try rows.first?.decode("found") ?? false
        }
    }
}
