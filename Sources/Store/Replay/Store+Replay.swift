public import Foundation
import Postgres

/// An object of a source as it was kept.
public struct KeptRecord: Sendable {
    public var id: Int
    public var kind: String
    public var stableID: String
    /// See ``RawRecord/parent``.
    public var parent: String?
    /// JSON text.
    public var body: String
    public var fetchedAt: Date
}

/// Where a reading of the kept records stands.
public struct ReplayPosition: Sendable, Equatable {
    var fetchedAt: Date
    var id: Int
}

extension Store {
    /// The kept records of an integration in the order in which they were fetched.
    ///
    /// - Parameters:
    ///   - kinds: only these; nil takes all.
    ///   - until: fetched no later: what a synchronization writes meanwhile is not replayed.
    /// - Returns: the records, and the position to go on from; nil at the end.
    public func keptRecords(
        tenant: UUID,
        integration: UUID,
        kinds: [String]? = nil,
        until: Date,
        after position: ReplayPosition? = nil,
        limit: Int = 500
    ) async throws -> (records: [KeptRecord], next: ReplayPosition?) {
        let records = try await self.inTenant(tenant) { connection in
            try await connection.query(
                """
                SELECT id, kind, stable_id, parent, body::text AS body, fetched_at
                FROM raw_records
                WHERE tenant_id = $1 AND integration_id = $2 AND fetched_at <= $3
                  AND ($4::timestamptz IS NULL OR (fetched_at, id) > ($4, $5::bigint))
                  AND ($6::text[] IS NULL OR kind = ANY ($6))
                ORDER BY fetched_at, id
                LIMIT $7::bigint
                """,
                [
                    .uuid(tenant), .uuid(integration), .timestamp(until), .optional(position?.fetchedAt),
                    .optional(position?.id), kinds.map { .texts($0) } ?? .null, .int(limit),
                ]
            ).map { row in
                try KeptRecord(
                    id: row.decode("id"),
                    kind: row.decode("kind"),
                    stableID: row.decode("stable_id"),
                    parent: row.decode("parent"),
                    body: row.decode("body"),
                    fetchedAt: row.decode("fetched_at")
                )
            }
        }
        let next = records.count == limit ? records.last.map { ReplayPosition(fetchedAt: $0.fetchedAt, id: $0.id) } : nil
        return (records, next)
    }
}
