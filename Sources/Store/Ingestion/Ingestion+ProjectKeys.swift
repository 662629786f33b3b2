import Foundation
import Postgres
import PulseModel

/// How far a project's issues have been read, where its key changes or it goes.
extension Ingestion {
    /// Jira gives the issues of a project whose key changes new keys without touching their `updated`: how far the old key was read,
    /// or a project that had the new key before, says nothing of them. Both are forgotten, and the project is read from its beginning.
    ///
    /// To be called before the projects are written.
    func forgetPositions(ofRenamed projects: [Project]) async throws {
        guard !projects.isEmpty else { return }
        try await self.connection.query(
            """
            DELETE FROM job_checkpoints c
            USING unnest($3::text[], $4::text[]) AS n (id, key)
            JOIN projects p ON p.tenant_id = $1 AND p.integration_id = $2 AND p.stable_id = n.id AND p.key <> n.key
            WHERE c.tenant_id = $1 AND c.integration_id = $2 AND c.unit IN ('issues:' || p.key, 'issues:' || n.key)
              AND p.fetched_at <= $5
            """,
            [
                .uuid(self.tenant), .uuid(self.integration), .texts(projects.map(\.id)), .texts(projects.map(\.key)),
                .timestamp(self.writer.fetchedAt),
            ]
        )
    }

    /// A project that comes back brings issues that have not changed since before it went: it is read from its beginning then.
    func forgetPositions(ofDeletedProjects projects: [String]) async throws {
        try await self.connection.query(
            """
            DELETE FROM job_checkpoints c
            USING projects p
            WHERE p.tenant_id = $1 AND p.integration_id = $2 AND p.stable_id = ANY ($3::text[]) AND p.fetched_at <= $4
              AND c.tenant_id = $1 AND c.integration_id = $2 AND c.unit = 'issues:' || p.key
            """,
            [.uuid(self.tenant), .uuid(self.integration), .texts(projects), .timestamp(self.writer.fetchedAt)]
        )
    }
}
