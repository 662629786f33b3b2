import Foundation
import Postgres
import PulseModel

/// Links that Jira's development panel has shown.
extension Ingestion {
    /// What a panel shows no more is gone, unless the issue's key proves it.
    mutating func removeVanishedLinks(ofPanels issues: [String], _ links: [WorkItemLink]) async throws {
        guard !issues.isEmpty else { return }
        let vanished = try await self.connection.query(
            """
            SELECT l.entity FROM wits_prs_links l
            WHERE l.tenant_id = $1 AND l.integration_id = $2 AND l.work_item_id = ANY ($3::text[]) AND l.origin = 'dev-status'
              AND l.deleted_at IS NULL AND NOT l.entity = ANY ($4::uuid[])
            """,
            [
                .uuid(self.tenant), .uuid(self.integration), .texts(issues.sorted()),
                .uuids(links.map { self.writer.id(of: $0) }),
            ]
        ).map { try $0.decode("entity", as: UUID.self) }
        try await self.remove(WorkItemLink.self, vanished)
    }
}
