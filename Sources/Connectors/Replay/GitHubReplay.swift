import PulseModel
import Store

/// GitHub's kept records as rows: what came over REST, GraphQL and webhooks alike.
struct GitHubReplay: RecordReplay {
    let passes = [
        ["github_repository"],
        [
            "github_pr", "github_commit", "github_review", "github_review_comment", "github_issue_comment", "github_deployment",
            "github_release", "github_branch_commit",
        ],
    ]

    private var repositories: [String: Repository] = [:]
    private var mentioned: [String: (pull: PullRequest, keys: IngestionPage.Mentioned)] = [:]

    mutating func take(_ kept: KeptRecord, _ record: JSONValue, into page: inout IngestionPage) -> Bool {
        switch kept.kind {
        case "github_repository":
            if let repository = page.takeRepository(record, identity: kept.stableID) {
                self.repositories[repository.id] = repository
            }
        case "github_pr":
            let repository = self.repository(kept.parent ?? record["base"]["repo"]["id"].identifier, record["base"]["repo"])
            let pull = page.taking("github_pr", kept.stableID) { () throws(RecordProblem) in
                try GitHubRecords.pullRequest(GraphShape.pull(record), of: repository)
            }
            guard let pull else { return true }
            page.takePull(pull, raw: record)
            self.look(at: pull) { $0.look(in: pull) }
        case "github_commit":
            guard let pull = self.pull(kept.parent) else { return true }
            var found = IngestionPage.Mentioned()
            _ = page.takeCommits([record], of: pull, &found)
            self.look(at: pull) { mentioned in
                for (key, place) in found.keys { mentioned.add(key, place) }
            }
        case "github_review":
            guard let pull = self.pull(kept.parent) else { return true }
            _ = page.takeReviews([record], of: pull)
        case "github_review_comment": page.takeComments([record], .review, of: self.repository(kept.parent, .null))
        case "github_issue_comment": page.takeComments([record], .issue, of: self.repository(kept.parent, .null))
        case "github_deployment":
            let repository = self.repository(kept.parent, .null)
            let deployment = page.taking("github_deployment", kept.stableID) { () throws(RecordProblem) in
                try GitHubRecords.deployment(record, of: repository)
            }
            if let deployment { page.deployments.append(deployment) }
        case "github_release":
            let repository = self.repository(kept.parent, .null)
            let release = page.taking("github_release", kept.stableID) { () throws(RecordProblem) in
                try GitHubRecords.release(record, of: repository)
            }
            if let release { page.releases.append(release) }
        case "github_branch_commit":
            let parts = (kept.parent ?? "").split(separator: "/", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { return true }
            let repository = self.repository(parts[0], .null)
            let commit = page.taking("github_branch_commit", kept.stableID) { () throws(RecordProblem) in
                try GitHubRecords.branchCommit(record, branch: parts[1], of: repository)
            }
            if let commit { page.branchCommits.append(commit) }
        default: return false
        }
        return true
    }

    /// Keys are added to those that stand: what a page of the replay holds need not be all of a pull request.
    mutating func end(_ page: inout IngestionPage) {
        for entry in self.mentioned.values.sorted(by: { $0.pull.number < $1.pull.number }) where !entry.keys.keys.isEmpty {
            page.mentions.append(
                PullRequestMentions(
                    repositoryID: entry.pull.repositoryID,
                    number: entry.pull.number,
                    keys: entry.keys.keys,
                    isPartial: true
                )
            )
        }
        self.mentioned = [:]
    }

    private mutating func look(at pull: PullRequest, _ body: (inout IngestionPage.Mentioned) -> Void) {
        var entry = self.mentioned[pull.childParent] ?? (pull, IngestionPage.Mentioned())
        body(&entry.keys)
        self.mentioned[pull.childParent] = entry
    }

    private func repository(_ id: String?, _ record: JSONValue) -> Repository {
        if let id, let known = self.repositories[id] { return known }
        let name = record["full_name"].text ?? id ?? ""
        return Repository(id: id ?? "", name: name, fullName: name)
    }

    /// `42#57`.
    private func pull(_ parent: String?) -> PullRequest? {
        let parts = (parent ?? "").split(separator: "#").map(String.init)
        guard parts.count == 2, let number = Int(parts[1]) else { return nil }
        return .reference(number, of: self.repository(parts[0], .null))
    }
}
