import Foundation
import PulseModel
import Store

/// GitHub's events as rows. A delivery is as new as the moment it came; what the source says of update times goes before that, so a
/// late or repeated delivery undoes nothing.
enum GitHubWebhook {
    /// The repository that a delivery is about, where only the database can tell whether it is the integration's: a renamed or
    /// transferred one bears a name that the integration does not know.
    static func unfamiliarRepository(_ body: JSONValue, _ definition: GitHubDefinition) -> String? {
        guard let name = body["repository"]["full_name"].text, !definition.covers(name) else { return nil }
        return body["repository"]["id"].identifier
    }

    /// - Parameter isListed: whether the integration reads the delivery's repository under another name.
    static func read(
        _ event: String,
        _ body: JSONValue,
        receivedAt: Date,
        _ definition: GitHubDefinition,
        isListed: Bool = false
    ) throws(WebhookProblem) -> WebhookReading {
        guard body.members != nil else { throw WebhookProblem(reason: "the body is no JSON object") }
        guard event != "ping" else { return .ignored("ping") }
        let object = body["repository"]
        guard object.members != nil else { return .ignored("\(event.prefix(60)) names no repository") }
        guard let id = object["id"].identifier, let name = object["full_name"].text else {
            throw WebhookProblem(reason: "repository.id or repository.full_name is missing")
        }
        guard isListed || definition.covers(name) else { return .ignored("\(name) is none of this integration's repositories") }
        let repository = Repository(
            id: id,
            name: object["name"].text ?? name,
            fullName: name,
            defaultBranch: object["default_branch"].text
        )
        var page = IngestionPage(fetchedAt: receivedAt)
        var reading = WebhookReading()
        let action = body["action"].string ?? ""
        switch event {
        case "pull_request": reading.refreshes = Self.pullRequest(body, action, of: repository, into: &page)
        case "pull_request_review": Self.review(body, of: repository, into: &page)
        case "pull_request_review_comment":
            Self.comment(body["comment"], .review, action, of: repository, into: &page)
        case "issue_comment":
            guard body["issue"]["pull_request"].members != nil else { return .ignored("a comment on a plain issue") }
            Self.comment(body["comment"], .issue, action, of: repository, into: &page)
        case "deployment", "deployment_status": Self.deployment(body, of: repository, into: &page)
        case "release":
            if action == "deleted" {
                body["release"]["id"].identifier.map { page.removedReleases.append($0) }
                break
            }
            let release = page.taking("github_release", body["release"]["id"].identifier ?? "?") { () throws(RecordProblem) in
                try GitHubRecords.release(body["release"], of: repository)
            }
            if let release {
                page.releases.append(release)
                page.keep("github_release", release.id, of: repository.id, body["release"])
            }
        case "repository":
            if action == "deleted" {
                page.deletions.append(Deletion(.repositories, id))
            } else {
                _ = page.takeRepository(object, identity: name)
            }
        case "push": Self.push(body, of: repository, into: &page)
        default: return .ignored("\(event.prefix(60)) tells nothing that Pulse keeps")
        }
        if page.isEmpty { return .ignored("\(event) \(action.prefix(40)) tells nothing that Pulse keeps") }
        reading.page = page
        return reading
    }

    /// The row as the event shows it; its commits and reviews are asked for where the event says that they may have changed.
    private static func pullRequest(
        _ body: JSONValue,
        _ action: String,
        of repository: Repository,
        into page: inout IngestionPage
    ) -> [WebhookRefresh] {
        let record = body["pull_request"]
        let identity = record["number"].int.map { "\(repository.fullName)#\($0)" } ?? "a delivery"
        let pull = page.taking("github_pr", identity) { () throws(RecordProblem) in
            try GitHubRecords.pullRequest(record, of: repository)
        }
        guard let pull else { return [] }
        page.takePull(pull, raw: record)
        var mentioned = IngestionPage.Mentioned()
        mentioned.look(in: pull)
        page.mentions.append(
            PullRequestMentions(repositoryID: repository.id, number: pull.number, keys: mentioned.keys, isPartial: true)
        )
        guard ["opened", "synchronize", "reopened", "closed", "edited", "ready_for_review"].contains(action) else { return [] }
        return [.pullRequest(repositoryID: repository.id, repository: repository.fullName, number: pull.number)]
    }

    /// The pull request of such a delivery lacks its counts, so only the review is taken.
    private static func review(_ body: JSONValue, of repository: Repository, into page: inout IngestionPage) {
        guard let number = body["pull_request"]["number"].int else {
            page.rejected.append(
                RejectedRecord(kind: "github_review", identity: "a delivery", reason: "pull_request.number is missing")
            )
            return
        }
        _ = page.takeReviews([body["review"]], of: .reference(number, of: repository))
    }

    private static func comment(
        _ record: JSONValue,
        _ kind: Comment.Kind,
        _ action: String,
        of repository: Repository,
        into page: inout IngestionPage
    ) {
        if action == "deleted", let id = record["id"].identifier {
            page.deletions.append(Deletion(.comments, "\(kind.rawValue):\(id)"))
        } else {
            page.takeComments([record], kind, of: repository)
            // The text is as of its update, not of the delivery: one that comes after the comment's deletion does not bring it back.
            if let updated = record["updated_at"].date { page.fetchedAt = min(page.fetchedAt, updated) }
        }
    }

    private static func deployment(_ body: JSONValue, of repository: Repository, into page: inout IngestionPage) {
        let record = body["deployment"]
        let deployment = page.taking("github_deployment", record["id"].identifier ?? "?") { () throws(RecordProblem) in
            try GitHubRecords.deployment(record, of: repository)
        }
        guard var deployment else { return }
        if let status = GitHubRecords.deploymentStatus(body["deployment_status"]) { deployment.statuses.append(status) }
        page.deployments.append(deployment)
    }

    private static func push(_ body: JSONValue, of repository: Repository, into page: inout IngestionPage) {
        guard let branch = repository.defaultBranch, body["ref"].string == "refs/heads/\(branch)" else { return }
        for record in body["commits"].array ?? [] {
            guard let sha = record["id"].text else { continue }
            page.branchCommits.append(
                BranchCommit(
                    repositoryID: repository.id,
                    branch: branch,
                    sha: sha,
                    message: record["message"].string ?? "",
                    authorLogin: record["author"]["username"].text,
                    authorName: record["author"]["name"].text,
                    authorEmail: record["author"]["email"].text,
                    authoredAt: record["timestamp"].date,
                    committedAt: record["timestamp"].date,
                    url: record["url"].text,
                    // A delivery does not tell them, and its order is no chain: what a merge brings stands before the merge.
                    parents: nil
                )
            )
        }
    }
}

extension GitHubDefinition {
    /// Whether the integration reads this repository.
    func covers(_ fullName: String) -> Bool {
        let name = fullName.lowercased()
        if !self.repositories.isEmpty { return self.repositories.contains { $0.lowercased() == name } }
        return self.organization.map { name.hasPrefix($0.lowercased() + "/") } ?? false
    }
}
