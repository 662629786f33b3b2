import Foundation
import Postgres
import PulseModel

/// What goes: told by a webhook, found by a sweep, or missing from a complete set. Each row becomes a tombstone and a queue row, and
/// what hangs on it goes with it.
extension Ingestion {
    mutating func delete(_ deletions: [Deletion]) async throws {
        for (table, group) in Dictionary(grouping: deletions, by: \.table).sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            let ids = Set(group.map(\.stableID)).sorted()
            try await self.delete(table.entityType, ids)
        }
    }

    private mutating func delete<E: StoredEntity>(_ type: E.Type, _ stableIDs: [String]) async throws {
        let entities = stableIDs.map { self.writer.id(of: E.table, $0) }.sorted { $0.uuidString < $1.uuidString }
        // What was never seen, or is older than a page under way, must not come to life by it.
        try await self.connection.query(
            """
            INSERT INTO entity_tombstones AS g (entity, tenant_id, integration_id, deleted_at)
            SELECT e, $1::uuid, $2::uuid, $3 FROM unnest($4::uuid[]) AS e
            ON CONFLICT (entity) DO UPDATE SET deleted_at = greatest(g.deleted_at, excluded.deleted_at)
            """,
            [.uuid(self.tenant), .uuid(self.integration), .timestamp(self.writer.fetchedAt), .uuids(entities)]
        )
        try await self.deleteChildren(of: E.table, stableIDs)
        try await self.remove(E.self, entities)
    }

    /// Lays the tombstones of rows that stand, and drops their raw records: what is gone at the source is not kept by Pulse.
    mutating func remove<E: StoredEntity>(_ type: E.Type, _ entities: [UUID]) async throws {
        guard !entities.isEmpty else { return }
        let deleted = try await self.writer.delete(E.self, entities)
        self.result.written += deleted.count
        try await self.enqueue(deleted, of: E.table, integration: self.integration)
        guard let kinds = RawKind.kinds(of: E.table), !deleted.isEmpty else { return }
        try await self.connection.query(
            """
            DELETE FROM raw_records
            WHERE tenant_id = $1 AND integration_id = $2 AND kind = ANY ($3) AND stable_id = ANY ($4) AND fetched_at <= $5
            """,
            [
                .uuid(self.tenant), .uuid(self.integration), .texts(kinds), .texts(deleted.map(\.stableID)),
                .timestamp(self.writer.fetchedAt),
            ]
        )
    }

    private mutating func deleteChildren(of table: EntityTable, _ stableIDs: [String]) async throws {
        switch table {
        case .repositories:
            let pulls = try await self.stableIDs(.pullRequests, where: "t.repository_id = ANY ($3::text[])", stableIDs)
            try await self.removeLinks(ofPulls: pulls)
            try await self.removeAll(PullRequest.self, where: "t.repository_id = ANY ($3::text[])", stableIDs)
            for child in [Commit.self, Review.self, Comment.self] as [any StoredEntity.Type] {
                try await self.removeAll(child, where: "t.repository_id = ANY ($3::text[])", stableIDs)
            }
            for table in ["deployments", "releases"] {
                try await self.connection.query(
                    """
                    UPDATE \(table) SET deleted_at = $4
                    WHERE tenant_id = $1 AND integration_id = $2 AND repository_id = ANY ($3) AND deleted_at IS NULL
                    """,
                    [.uuid(self.tenant), .uuid(self.integration), .texts(stableIDs), .timestamp(self.writer.fetchedAt)]
                )
            }
            try await self.forgetPositions(ofDeletedRepositories: stableIDs)
        case .pullRequests:
            let ofPulls = """
                (t.repository_id, t.pr_number) IN (
                    SELECT p.repository_id, p.number FROM prs p
                    WHERE p.tenant_id = $1 AND p.integration_id = $2 AND p.stable_id = ANY ($3::text[])
                )
                """
            for child in [Commit.self, Review.self, Comment.self] as [any StoredEntity.Type] {
                try await self.removeAll(child, where: ofPulls, stableIDs)
            }
            try await self.removeLinks(ofPulls: stableIDs)
        case .projects:
            let issues = try await self.stableIDs(.workItems, where: "t.project_id = ANY ($3::text[])", stableIDs)
            if !issues.isEmpty { try await self.delete(WorkItem.self, issues) }
            try await self.forgetPositions(ofDeletedProjects: stableIDs)
        case .workItems:
            try await self.removeAll(Changelog.self, where: "t.work_item_id = ANY ($3::text[])", stableIDs)
            try await self.removeAll(WorkItemLink.self, where: "t.work_item_id = ANY ($3::text[])", stableIDs)
        default:
            break
        }
    }

    private mutating func removeAll<E: StoredEntity>(_ type: E.Type, where condition: String, _ parents: [String]) async throws {
        let entities = try await self.connection.query(
            """
            SELECT t.entity FROM \(E.table.rawValue) t
            WHERE t.tenant_id = $1 AND t.integration_id = $2 AND t.deleted_at IS NULL AND \(condition)
            """,
            [.uuid(self.tenant), .uuid(self.integration), .texts(parents)]
        ).map { try $0.decode("entity", as: UUID.self) }
        try await self.remove(E.self, entities)
    }

    private func stableIDs(_ table: EntityTable, where condition: String, _ parents: [String]) async throws -> [String] {
        try await self.connection.query(
            """
            SELECT t.stable_id FROM \(table.rawValue) t
            WHERE t.tenant_id = $1 AND t.integration_id = $2 AND t.deleted_at IS NULL AND \(condition)
            """,
            [.uuid(self.tenant), .uuid(self.integration), .texts(parents)]
        ).map { try $0.decode("stable_id") }
    }

    /// Links belong to Jira's integration, whichever it is.
    private mutating func removeLinks(ofPulls stableIDs: [String]) async throws {
        let links = try await self.connection.query(
            """
            SELECT l.entity, l.integration_id
            FROM prs p
            JOIN wits_prs_links l ON l.tenant_id = $1 AND l.repository_key = p.repository_key AND l.pr_number = p.number
            WHERE p.tenant_id = $1 AND p.integration_id = $2 AND p.stable_id = ANY ($3::text[]) AND p.fetched_at <= $4
              AND l.deleted_at IS NULL
            """,
            [.uuid(self.tenant), .uuid(self.integration), .texts(stableIDs), .timestamp(self.writer.fetchedAt)]
        )
        var entities: [UUID: [UUID]] = [:]
        for row in links { entities[try row.decode("integration_id"), default: []].append(try row.decode("entity")) }
        let now = try await self.derivationTime()
        for (integration, entities) in entities.sorted(by: { $0.key.uuidString < $1.key.uuidString }) {
            let deleted = try await self.writer(for: integration, at: now).delete(WorkItemLink.self, entities)
            self.result.written += deleted.count
            try await self.enqueue(deleted, of: .links, integration: integration)
        }
    }
}
