import Foundation
import PulseModel
import Store

/// GitHub's REST objects as rows.
///
/// Both API versions are read: what 2026-03-10 dropped (`merge_commit_sha`, `assignee`) is optional. Optional members that have
/// an unexpected type count as absent; only what a row cannot be without rejects the record.
enum GitHubRecords {
    /// Stands for a deleted account, as on GitHub's own pages.
    static let ghost = "ghost"

    static func repository(_ record: JSONValue) throws(RecordProblem) -> Repository {
        let fullName = try required(record["full_name"].text, "full_name", in: record["full_name"], as: "a text")
        return Repository(
            id: try required(record["id"].identifier, "id", in: record["id"], as: "a number"),
            name: record["name"].text ?? fullName.split(separator: "/").last.map(String.init) ?? fullName,
            fullName: fullName,
            details: record["description"].text,
            url: record["html_url"].text,
            isPrivate: record["private"].bool ?? false,
            isArchived: record["archived"].bool ?? false,
            language: record["language"].text,
            defaultBranch: record["default_branch"].text,
            topics: (record["topics"].array ?? []).compactMap(\.text),
            createdAt: record["created_at"].date,
            updatedAt: record["updated_at"].date,
            pushedAt: record["pushed_at"].date
        )
    }

    static func pullRequest(_ record: JSONValue, of repository: Repository) throws(RecordProblem) -> PullRequest {
        let number = try required(
            record["number"].int.flatMap { $0 > 0 ? $0 : nil },
            "number",
            in: record["number"],
            as: "a number"
        )
        let title = try required(record["title"].text, "title", in: record["title"], as: "a text")
        let said = try required(record["state"].text, "state", in: record["state"], as: "a text")
        guard var state = PullRequest.State(rawValue: said.lowercased()) else {
            throw RecordProblem("state is none of open, closed, merged: \(said.prefix(40))")
        }
        let created = try required(record["created_at"].date, "created_at", in: record["created_at"], as: "an ISO 8601 date")
        if record["merged_at"].date != nil || record["merged"].bool == true { state = .merged }
        return PullRequest(
            id: try required(record["id"].identifier, "id", in: record["id"], as: "a number"),
            repositoryID: repository.id,
            repository: repository.fullName,
            number: number,
            title: title,
            body: record["body"].text,
            author: Self.login(record["user"]),
            state: state,
            isDraft: record["draft"].bool ?? false,
            sourceBranch: record["head"]["ref"].text,
            targetBranch: record["base"]["ref"].text,
            headSHA: record["head"]["sha"].text,
            // Before the merge, and after a closing without one, REST names a commit that only tries the merge; GraphQL names none.
            mergeCommitSHA: state == .merged ? record["merge_commit_sha"].text : nil,
            url: record["html_url"].text,
            mergedBy: record["merged_by"]["login"].text,
            labels: (record["labels"].array ?? []).compactMap { $0["name"].text ?? $0.text },
            requestedReviewers: (record["requested_reviewers"].array ?? []).compactMap { $0["login"].text },
            commitCount: record["commits"].int,
            additions: record["additions"].int,
            deletions: record["deletions"].int,
            changedFiles: record["changed_files"].int,
            commentCount: record["comments"].int,
            reviewCommentCount: record["review_comments"].int,
            createdAt: created,
            updatedAt: record["updated_at"].date ?? created,
            closedAt: record["closed_at"].date,
            mergedAt: record["merged_at"].date
        )
    }

    static func commit(_ record: JSONValue, of pull: PullRequest) throws(RecordProblem) -> Commit {
        let commit = record["commit"]
        return Commit(
            repositoryID: pull.repositoryID,
            number: pull.number,
            repository: pull.repository,
            sha: try required(record["sha"].text, "sha", in: record["sha"], as: "a text"),
            message: commit["message"].string ?? "",
            // Null where the e-mail belongs to no account: that person is unknown, not deleted.
            authorLogin: record["author"]["login"].text,
            authorName: commit["author"]["name"].text,
            authorEmail: commit["author"]["email"].text,
            authoredAt: commit["author"]["date"].date,
            committerName: commit["committer"]["name"].text,
            committerEmail: commit["committer"]["email"].text,
            committedAt: commit["committer"]["date"].date,
            url: record["html_url"].text
        )
    }

    static func review(_ record: JSONValue, of pull: PullRequest) throws(RecordProblem) -> Review {
        Review(
            id: try required(record["id"].identifier, "id", in: record["id"], as: "a number"),
            repositoryID: pull.repositoryID,
            number: pull.number,
            author: Self.login(record["user"]),
            state: try required(record["state"].text, "state", in: record["state"], as: "a text").uppercased(),
            body: record["body"].text,
            submittedAt: record["submitted_at"].date,
            url: record["html_url"].text
        )
    }

    /// - Returns: nil for a comment on a plain issue.
    static func comment(
        _ record: JSONValue,
        kind: Comment.Kind,
        of repository: Repository
    ) throws(RecordProblem) -> Comment? {
        let parent: JSONValue
        switch kind {
        case .issue:
            if let url = record["html_url"].text, !url.contains("/pull/") { return nil }
            parent = record["issue_url"]
        case .review: parent = record["pull_request_url"]
        }
        let number =
            parent.text.flatMap { $0.split(separator: "/").last }.flatMap { Int($0) } ?? Self.number(in: record["html_url"].text)
        return Comment(
            kind: kind,
            id: try required(record["id"].identifier, "id", in: record["id"], as: "a number"),
            repositoryID: repository.id,
            number: try required(
                number,
                kind == .issue ? "issue_url" : "pull_request_url",
                in: parent,
                as: "the URL of a pull request"
            ),
            author: Self.login(record["user"]),
            body: record["body"].string ?? "",
            path: record["path"].text,
            line: record["line"].int ?? record["original_line"].int,
            position: record["position"].int,
            inReplyTo: record["in_reply_to_id"].identifier,
            url: record["html_url"].text,
            createdAt: record["created_at"].date,
            updatedAt: record["updated_at"].date ?? record["created_at"].date
        )
    }

    static func deployment(_ record: JSONValue, of repository: Repository) throws(RecordProblem) -> Deployment {
        Deployment(
            id: try required(record["id"].identifier, "id", in: record["id"], as: "a number"),
            repositoryID: repository.id,
            environment: try required(record["environment"].text, "environment", in: record["environment"], as: "a text"),
            sha: try required(record["sha"].text, "sha", in: record["sha"], as: "a text"),
            ref: record["ref"].text,
            task: record["task"].text,
            creator: record["creator"]["login"].text,
            url: record["url"].text,
            isProduction: record["production_environment"].bool,
            createdAt: record["created_at"].date,
            updatedAt: record["updated_at"].date ?? record["created_at"].date,
            statuses: (record["statuses"].array ?? []).compactMap(Self.deploymentStatus)
        )
    }

    /// A status in REST's shape or GraphQL's (`IN_PROGRESS`, `createdAt`).
    static func deploymentStatus(_ record: JSONValue) -> Deployment.Status? {
        guard let state = record["state"].text, let at = record["created_at"].date ?? record["createdAt"].date else { return nil }
        return Deployment.Status(state: state.lowercased(), at: at)
    }

    static func release(_ record: JSONValue, of repository: Repository) throws(RecordProblem) -> Release {
        Release(
            id: try required(record["id"].identifier, "id", in: record["id"], as: "a number"),
            repositoryID: repository.id,
            tag: try required(record["tag_name"].text, "tag_name", in: record["tag_name"], as: "a text"),
            name: record["name"].text,
            body: record["body"].text,
            author: record["author"]["login"].text,
            target: record["target_commitish"].text,
            url: record["html_url"].text,
            isDraft: record["draft"].bool ?? false,
            isPrerelease: record["prerelease"].bool ?? false,
            createdAt: record["created_at"].date,
            publishedAt: record["published_at"].date
        )
    }

    /// A commit as `/commits` lists it.
    static func branchCommit(_ record: JSONValue, branch: String, of repository: Repository) throws(RecordProblem) -> BranchCommit
    {
        let commit = record["commit"]
        return BranchCommit(
            repositoryID: repository.id,
            branch: branch,
            sha: try required(record["sha"].text, "sha", in: record["sha"], as: "a text"),
            message: commit["message"].string ?? "",
            authorLogin: record["author"]["login"].text,
            authorName: commit["author"]["name"].text,
            authorEmail: commit["author"]["email"].text,
            authoredAt: commit["author"]["date"].date,
            committedAt: commit["committer"]["date"].date,
            url: record["html_url"].text,
            parents: (record["parents"].array ?? []).compactMap { $0["sha"].text }
        )
    }

    static func user(_ record: JSONValue) -> SourceUser? {
        guard let id = record["id"].identifier, let login = record["login"].text else { return nil }
        return SourceUser(id: id, name: login, isActive: nil)
    }

    private static func login(_ user: JSONValue) -> String { user["login"].text ?? Self.ghost }

    /// `…/pull/57#discussion_r1` → 57.
    private static func number(in url: String?) -> Int? {
        guard let rest = url?.split(separator: "/pull/", omittingEmptySubsequences: false).dropFirst().first else { return nil }
        return Int(rest.prefix { $0.isASCII && $0.isNumber })
    }
}
