import Foundation
import Postgres

/// How far a repository has been read, where its name changes or it goes.
///
/// Its units bear its name and its id, as `pulls:acme/api@42`; the id is what they are known by.
extension Ingestion {
    /// What is read of a renamed or transferred repository goes on where it stands: its units are the same under its new name.
    func renameUnits(of repositories: [String]) async throws {
        try await self.connection.query(
            """
            WITH renamed AS (
                SELECT c.unit AS old, split_part(c.unit, ':', 1) || ':' || r.full_name || '@' || r.stable_id AS new
                FROM unnest($3::text[]) AS a (id)
                JOIN repositories r ON r.tenant_id = $1 AND r.integration_id = $2 AND r.stable_id = a.id
                JOIN job_checkpoints c ON c.tenant_id = $1 AND c.integration_id = $2
                    AND c.unit ~ '^[a-z-]+:.+@' AND substring(c.unit FROM '@([^@]*)$') = a.id
            )
            UPDATE job_checkpoints c SET unit = n.new
            FROM renamed n
            WHERE c.tenant_id = $1 AND c.integration_id = $2 AND c.unit = n.old AND n.old <> n.new
              AND NOT EXISTS (
                  SELECT FROM job_checkpoints o WHERE o.tenant_id = $1 AND o.integration_id = $2 AND o.unit = n.new
              )
            """,
            [.uuid(self.tenant), .uuid(self.integration), .texts(repositories)]
        )
    }

    /// A repository that comes back brings what has not changed since before it went: it is read from its beginning then.
    func forgetPositions(ofDeletedRepositories repositories: [String]) async throws {
        try await self.connection.query(
            """
            DELETE FROM job_checkpoints c
            USING repositories r
            WHERE r.tenant_id = $1 AND r.integration_id = $2 AND r.stable_id = ANY ($3::text[]) AND r.fetched_at <= $4
              AND c.tenant_id = $1 AND c.integration_id = $2
              AND c.unit ~ '^[a-z-]+:.+@' AND substring(c.unit FROM '@([^@]*)$') = r.stable_id
            """,
            [.uuid(self.tenant), .uuid(self.integration), .texts(repositories), .timestamp(self.writer.fetchedAt)]
        )
    }
}
