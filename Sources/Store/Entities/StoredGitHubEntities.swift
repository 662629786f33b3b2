import Foundation
import Postgres
import PulseModel

extension Repository: StoredEntity {
    static var columns: [Column<Self>] {
        [
            .text("name") { $0.name }, .text("full_name") { $0.fullName }, .text("description") { $0.details },
            .text("url") { $0.url }, .boolean("is_private") { $0.isPrivate }, .boolean("archived") { $0.isArchived },
            .text("language") { $0.language }, .text("default_branch") { $0.defaultBranch }, .texts("topics") { $0.topics },
            .timestamp("repo_created_at") { $0.createdAt }, .timestamp("repo_updated_at") { $0.updatedAt },
            .timestamp("pushed_at") { $0.pushedAt },
        ]
    }

    static var shownElsewhere: [String] { ["full_name"] }

    static var documentSelect: String { "SELECT t.* FROM repositories t" }

    var sourceUpdatedAt: Date? { self.updatedAt }

    static func document(from row: PostgresRow) throws -> EntityDocument {
        try Self(row: row).document(in: NoContext())
    }

    init(row: PostgresRow) throws {
        try self.init(
            id: row.decode("stable_id"),
            name: row.decode("name"),
            fullName: row.decode("full_name"),
            details: row.decode("description"),
            url: row.decode("url"),
            isPrivate: row.decode("is_private"),
            isArchived: row.decode("archived"),
            language: row.decode("language"),
            defaultBranch: row.decode("default_branch"),
            topics: row.decode("topics"),
            createdAt: row.decode("repo_created_at"),
            updatedAt: row.decode("repo_updated_at"),
            pushedAt: row.decode("pushed_at")
        )
    }
}

extension PullRequest: StoredEntity {
    static var columns: [Column<Self>] {
        [
            .text("repository_id") { $0.repositoryID }, .text("repository") { $0.repository }, .integer("number") { $0.number },
            .text("title") { $0.title }, .text("body") { $0.body }, .text("author") { $0.author },
            .text("state") { $0.state.rawValue }, .boolean("is_draft") { $0.isDraft },
            .text("source_branch") { $0.sourceBranch }, .text("target_branch") { $0.targetBranch },
            .text("head_sha") { $0.headSHA }, .text("merge_commit_sha") { $0.mergeCommitSHA }, .text("url") { $0.url },
            .text("merged_by") { $0.mergedBy }, .texts("labels") { $0.labels },
            .texts("requested_reviewers") { $0.requestedReviewers }, .integer("commit_count") { $0.commitCount },
            .integer("additions") { $0.additions }, .integer("deletions") { $0.deletions },
            .integer("changed_files") { $0.changedFiles }, .integer("comment_count") { $0.commentCount },
            .integer("review_comment_count") { $0.reviewCommentCount }, .timestamp("pr_created_at") { $0.createdAt },
            .timestamp("pr_updated_at") { $0.updatedAt }, .timestamp("closed_at") { $0.closedAt },
            .timestamp("merged_at") { $0.mergedAt },
        ]
    }

    static var shownElsewhere: [String] { ["repository", "title", "url", "state", "author"] }

    static var documentSelect: String { "SELECT t.* FROM prs t" }

    var sourceUpdatedAt: Date? { self.updatedAt }

    static func document(from row: PostgresRow) throws -> EntityDocument {
        try Self(
            id: row.decode("stable_id"),
            repositoryID: row.decode("repository_id"),
            repository: row.decode("repository"),
            number: row.decode("number"),
            title: row.decode("title"),
            body: row.decode("body"),
            author: row.decode("author"),
            state: State(rawValue: row.decode("state")) ?? .open,
            isDraft: row.decode("is_draft"),
            sourceBranch: row.decode("source_branch"),
            targetBranch: row.decode("target_branch"),
            headSHA: row.decode("head_sha"),
            mergeCommitSHA: row.decode("merge_commit_sha"),
            url: row.decode("url"),
            mergedBy: row.decode("merged_by"),
            labels: row.decode("labels"),
            requestedReviewers: row.decode("requested_reviewers"),
            commitCount: row.decode("commit_count"),
            additions: row.decode("additions"),
            deletions: row.decode("deletions"),
            changedFiles: row.decode("changed_files"),
            commentCount: row.decode("comment_count"),
            reviewCommentCount: row.decode("review_comment_count"),
            createdAt: row.decode("pr_created_at"),
            updatedAt: row.decode("pr_updated_at"),
            closedAt: row.decode("closed_at"),
            mergedAt: row.decode("merged_at")
        ).document(in: NoContext())
    }
}

/// What the three tables below a pull request share.
private enum PullRequestChild {
    static func select(from table: String) -> String {
        """
        SELECT t.*, p.external_id AS pr_reference, p.title AS pr_title, coalesce(p.repository, r.full_name) AS pr_repository,
            p.url AS pr_url
        FROM \(table) t
        LEFT JOIN repositories r ON r.tenant_id = t.tenant_id AND r.integration_id = t.integration_id
            AND r.stable_id = t.repository_id
        LEFT JOIN prs p ON p.tenant_id = t.tenant_id AND p.integration_id = t.integration_id
            AND p.repository_id = t.repository_id AND p.number = t.pr_number AND p.deleted_at IS NULL
        """
    }

    static func context(from row: PostgresRow) throws -> PullRequestContext {
        let repository: String? = try row.decode("pr_repository")
        let number: Int = try row.decode("pr_number")
        return try PullRequestContext(
            reference: row.decode("pr_reference") ?? repository.map { "\($0)#\(number)" },
            title: row.decode("pr_title"),
            repository: repository,
            url: row.decode("pr_url")
        )
    }
}

extension Commit: StoredEntity {
    static var columns: [Column<Self>] {
        [
            .text("repository_id") { $0.repositoryID }, .integer("pr_number") { $0.number }, .text("sha") { $0.sha },
            .text("message") { $0.message }, .text("author_login") { $0.authorLogin }, .text("author_name") { $0.authorName },
            .text("author_email") { $0.authorEmail }, .timestamp("authored_date") { $0.authoredAt },
            .text("committer_name") { $0.committerName }, .text("committer_email") { $0.committerEmail },
            .timestamp("committed_date") { $0.committedAt }, .text("url") { $0.url },
        ]
    }

    static var documentSelect: String { PullRequestChild.select(from: "prs_commits") }

    static func document(from row: PostgresRow) throws -> EntityDocument {
        let context = try PullRequestChild.context(from: row)
        return try Self(
            repositoryID: row.decode("repository_id"),
            number: row.decode("pr_number"),
            repository: context.repository ?? "",
            sha: row.decode("sha"),
            message: row.decode("message"),
            authorLogin: row.decode("author_login"),
            authorName: row.decode("author_name"),
            authoredAt: row.decode("authored_date"),
            committerName: row.decode("committer_name"),
            committedAt: row.decode("committed_date"),
            url: row.decode("url")
        ).document(in: context)
    }
}

extension Review: StoredEntity {
    static var columns: [Column<Self>] {
        [
            .text("repository_id") { $0.repositoryID }, .integer("pr_number") { $0.number },
            .text("author_login") { $0.author }, .text("state") { $0.state }, .text("body") { $0.body },
            .timestamp("submitted_at") { $0.submittedAt }, .text("url") { $0.url },
        ]
    }

    static var documentSelect: String { PullRequestChild.select(from: "prs_reviews") }

    static func document(from row: PostgresRow) throws -> EntityDocument {
        try Self(
            id: row.decode("stable_id"),
            repositoryID: row.decode("repository_id"),
            number: row.decode("pr_number"),
            author: row.decode("author_login"),
            state: row.decode("state"),
            body: row.decode("body"),
            submittedAt: row.decode("submitted_at"),
            url: row.decode("url")
        ).document(in: PullRequestChild.context(from: row))
    }
}

extension Comment: StoredEntity {
    static var columns: [Column<Self>] {
        [
            .text("repository_id") { $0.repositoryID }, .integer("pr_number") { $0.number },
            .text("comment_type") { $0.kind.rawValue }, .text("author_login") { $0.author }, .text("body") { $0.body },
            .text("path") { $0.path }, .integer("line") { $0.line }, .integer("position") { $0.position },
            .text("in_reply_to") { $0.inReplyTo }, .text("url") { $0.url }, .timestamp("created_at_github") { $0.createdAt },
            .timestamp("updated_at_github") { $0.updatedAt },
        ]
    }

    static var documentSelect: String { PullRequestChild.select(from: "prs_comments") }

    var sourceUpdatedAt: Date? { self.updatedAt }

    static func document(from row: PostgresRow) throws -> EntityDocument {
        let stableID: String = try row.decode("stable_id")
        return try Self(
            kind: Kind(rawValue: row.decode("comment_type")) ?? .issue,
            id: stableID.split(separator: ":").last.map(String.init) ?? stableID,
            repositoryID: row.decode("repository_id"),
            number: row.decode("pr_number"),
            author: row.decode("author_login"),
            body: row.decode("body"),
            path: row.decode("path"),
            line: row.decode("line"),
            position: row.decode("position"),
            inReplyTo: row.decode("in_reply_to"),
            url: row.decode("url"),
            createdAt: row.decode("created_at_github"),
            updatedAt: row.decode("updated_at_github")
        ).document(in: PullRequestChild.context(from: row))
    }
}
