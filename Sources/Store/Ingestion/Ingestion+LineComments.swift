import Foundation
import Postgres
import PulseModel

/// A pull request's count of line comments is that of those that are here. GitHub's GraphQL tells none, and one that REST tells would
/// differ from it whenever the comments, which are read repository by repository, come earlier or later.
extension Ingestion {
    func withLineComments(_ pulls: [PullRequest]) async throws -> [PullRequest] {
        guard !pulls.isEmpty else { return pulls }
        let rows = try await self.connection.query(
            """
            SELECT p.repository_id, p.number AS pr_number, c.n
            FROM unnest($3::text[], $4::bigint[]) AS p (repository_id, number)
            CROSS JOIN LATERAL (
                SELECT count(*) AS n FROM prs_comments c
                WHERE c.tenant_id = $1 AND c.integration_id = $2 AND c.repository_id = p.repository_id
                  AND c.pr_number = p.number AND c.comment_type = 'review' AND c.deleted_at IS NULL
            ) c
            """,
            [
                .uuid(self.tenant), .uuid(self.integration), .texts(pulls.map(\.repositoryID)), .ints(pulls.map(\.number)),
            ]
        )
        var counts: [String: Int] = [:]
        for row in rows {
            counts["\(try row.decode("repository_id", as: String.self))#\(try row.decode("pr_number", as: Int.self))"] =
                try row.decode("n")
        }
        var pulls = pulls
        for index in pulls.indices {
            pulls[index].reviewCommentCount = counts["\(pulls[index].repositoryID)#\(pulls[index].number)"] ?? 0
        }
        return pulls
    }

    /// Counts again for the pull requests whose line comments the page holds. No document shows the count, so nothing is queued.
    func countLineComments(_ comments: [Comment]) async throws {
        let pulls = Set(comments.filter { $0.kind == .review }.map { PullKey(repository: $0.repositoryID, number: $0.number) })
            .sorted { ($0.repository, $0.number) < ($1.repository, $1.number) }
        guard !pulls.isEmpty else { return }
        try await self.connection.query(
            """
            UPDATE prs p SET review_comment_count = n.count
            FROM (
                SELECT k.repository_id, k.number, (
                    SELECT count(*)::integer FROM prs_comments c
                    WHERE c.tenant_id = $1 AND c.integration_id = $2 AND c.repository_id = k.repository_id
                      AND c.pr_number = k.number AND c.comment_type = 'review' AND c.deleted_at IS NULL
                ) AS count
                FROM unnest($3::text[], $4::bigint[]) AS k (repository_id, number)
            ) n
            WHERE p.tenant_id = $1 AND p.integration_id = $2 AND p.repository_id = n.repository_id AND p.number = n.number
              AND p.review_comment_count IS DISTINCT FROM n.count
            """,
            [.uuid(self.tenant), .uuid(self.integration), .texts(pulls.map(\.repository)), .ints(pulls.map(\.number))]
        )
    }

    private struct PullKey: Hashable {
        var repository: String
        var number: Int
    }
}
