import Foundation
import Postgres
import PulseModel

/// Issues that were moved, or whose project has another key: Jira still leads from the former key to the issue.
extension Ingestion {
    /// Keeps the keys that the page takes from its issues.
    ///
    /// To be called before the issues are written.
    func keepFormerKeys(of items: [WorkItem]) async throws {
        guard !items.isEmpty else { return }
        try await self.connection.query(
            """
            INSERT INTO work_item_keys (tenant_id, integration_id, work_item_id, key)
            SELECT w.tenant_id, w.integration_id, w.stable_id, w.key
            FROM unnest($3::text[], $4::text[]) AS n (id, key)
            JOIN work_items w ON w.tenant_id = $1 AND w.integration_id = $2 AND w.stable_id = n.id AND w.key <> n.key
            ON CONFLICT DO NOTHING
            """,
            [.uuid(self.tenant), .uuid(self.integration), .texts(items.map(\.id)), .texts(items.map(\.key))]
        )
    }

    /// Keeps the keys that histories tell of: an issue may have been moved before it was first read.
    func keepFormerKeys(in changelogs: [Changelog]) async throws {
        let moves = Self.moves(in: changelogs)
        guard !moves.isEmpty else { return }
        try await self.connection.query(
            """
            INSERT INTO work_item_keys (tenant_id, integration_id, work_item_id, key)
            SELECT $1::uuid, $2::uuid, m.id, m.key FROM unnest($3::text[], $4::text[]) AS m (id, key)
            ON CONFLICT DO NOTHING
            """,
            [.uuid(self.tenant), .uuid(self.integration), .texts(moves.map(\.workItemID)), .texts(moves.map(\.key))]
        )
    }

    static func moves(in changelogs: [Changelog]) -> [(workItemID: String, key: String)] {
        changelogs.flatMap { changelog in
            changelog.items.filter { $0.role == .key }.compactMap(\.fromText).filter(WorkItemKey.isValid).map {
                (changelog.workItemID, $0)
            }
        }
    }

    /// Links show their issue's present key.
    mutating func renameLinks(ofWorkItems ids: [String]) async throws {
        guard !ids.isEmpty else { return }
        let renamed = try await self.connection.query(
            """
            UPDATE wits_prs_links l
            SET work_item_key = w.key, external_id = w.key || '~' || l.repo_full_name || '#' || l.pr_number, last_updated_at = now()
            FROM work_items w
            WHERE w.tenant_id = $1 AND w.integration_id = $2 AND w.stable_id = ANY ($3::text[]) AND w.deleted_at IS NULL
              AND l.tenant_id = $1 AND l.integration_id = $2 AND l.work_item_id = w.stable_id AND l.work_item_key <> w.key
              AND l.deleted_at IS NULL
            RETURNING l.entity, l.external_id, l.stable_id
            """,
            [.uuid(self.tenant), .uuid(self.integration), .texts(ids)]
        ).map { row in
            try ChangedEntity(
                entity: row.decode("entity"),
                externalID: row.decode("external_id"),
                stableID: row.decode("stable_id"),
                operation: .update,
                touchesOthers: false
            )
        }
        self.result.written += renamed.count
        try await self.enqueue(renamed, of: .links, integration: self.integration)
    }
}
