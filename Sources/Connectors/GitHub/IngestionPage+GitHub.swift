import PulseModel
import Store

/// GitHub's records as they go into a page, whichever way they came: REST, GraphQL, a webhook or a replay.
extension IngestionPage {
    /// What was found of issue keys in a pull request, and where first.
    struct Mentioned {
        var keys: [String: PullRequestMentions.Place] = [:]

        mutating func look(in text: String?, _ place: PullRequestMentions.Place) {
            for key in WorkItemKey.all(in: text ?? "") { self.add(key, place) }
        }

        /// The title says it louder than the branch, and the branch than a commit, whichever is read first.
        mutating func add(_ key: String, _ place: PullRequestMentions.Place) {
            let order = PullRequestMentions.Place.allCases
            if let known = self.keys[key], (order.firstIndex(of: known) ?? 0) <= (order.firstIndex(of: place) ?? 0) { return }
            self.keys[key] = place
        }

        mutating func look(in pull: PullRequest) {
            self.look(in: pull.title, .title)
            self.look(in: pull.sourceBranch, .branch)
        }
    }

    mutating func takeRepository(_ record: JSONValue, identity: String) -> Repository? {
        let repository = self.taking("github_repository", identity) { () throws(RecordProblem) in
            try GitHubRecords.repository(record)
        }
        guard let repository else { return nil }
        self.repositories.append(repository)
        self.keep("github_repository", repository.id, record)
        return repository
    }

    /// - Parameter raw: as it came, without what hangs on it.
    mutating func takePull(_ pull: PullRequest, raw: JSONValue) {
        self.pullRequests.append(pull)
        self.keep("github_pr", pull.id, of: pull.repositoryID, raw)
        let record = GraphShape.pull(raw)
        for user in [record["user"], record["merged_by"]] { self.add(GitHubRecords.user(user)) }
    }

    /// - Parameter commits: in REST's shape or GraphQL's.
    /// - Returns: stable ids; nil where one could not be taken, so that the set is not whole.
    mutating func takeCommits(_ commits: [JSONValue], of pull: PullRequest, _ mentioned: inout Mentioned) -> [String]? {
        let rejected = self.rejected.count
        var seen: [String] = []
        var known: Set<String> = []
        for raw in commits {
            let record = GraphShape.commit(raw)
            let commit = self.taking("github_commit", "\(pull.externalID)@\(record["sha"].text ?? "?")") {
                () throws(RecordProblem) in try GitHubRecords.commit(record, of: pull)
            }
            guard let commit, known.insert(commit.sha).inserted else { continue }
            self.commits.append(commit)
            seen.append(commit.stableID)
            self.keep("github_commit", commit.stableID, of: pull.childParent, raw)
            self.add(GitHubRecords.user(record["author"]))
            mentioned.look(in: commit.message, .commit)
        }
        return self.rejected.count == rejected ? seen : nil
    }

    /// - Parameter reviews: in REST's shape or GraphQL's.
    /// - Returns: stable ids; nil where one could not be taken, so that the set is not whole.
    mutating func takeReviews(_ reviews: [JSONValue], of pull: PullRequest) -> [String]? {
        let rejected = self.rejected.count
        var seen: [String] = []
        var known: Set<String> = []
        for raw in reviews {
            let record = GraphShape.review(raw)
            let review = self.taking("github_review", "\(pull.externalID) review \(record["id"].identifier ?? "?")") {
                () throws(RecordProblem) in try GitHubRecords.review(record, of: pull)
            }
            guard let review, known.insert(review.id).inserted else { continue }
            self.reviews.append(review)
            seen.append(review.stableID)
            self.keep("github_review", review.id, of: pull.childParent, raw)
            self.add(GitHubRecords.user(record["user"]))
        }
        return self.rejected.count == rejected ? seen : nil
    }

    mutating func takeComments(_ items: [JSONValue], _ kind: Comment.Kind, of repository: Repository) {
        var seen: Set<String> = []
        let name = "github_\(kind.rawValue)_comment"
        for (index, record) in items.enumerated() {
            let comment = self.taking(name, record["id"].identifier ?? "\(repository.fullName), item \(index + 1) of a page") {
                () throws(RecordProblem) in try GitHubRecords.comment(record, kind: kind, of: repository)
            }
            guard let comment = comment ?? nil, seen.insert(comment.stableID).inserted else { continue }
            self.comments.append(comment)
            self.keep(name, comment.stableID, of: repository.id, record)
            self.add(GitHubRecords.user(record["user"]))
        }
    }

    /// Says so where nothing of a whole page could be taken for one and the same reason: then it is not the records that are odd.
    ///
    /// - Parameter before: how many were rejected before the page's own.
    func refuseChangedShape(of kind: String, items: Int, rejectedBefore before: Int, unit: String) throws(ConnectorError) {
        let reasons = self.rejected.dropFirst(before).filter { $0.kind == kind }.map(\.reason)
        guard items >= 5, reasons.count == items, Set(reasons).count == 1, let reason = reasons.first else { return }
        throw ConnectorError(
            .dataFormat,
            unit: unit,
            message: "none of \(items) records of kind \(kind) can be read: \(reason). The source's answers have changed: "
                + "check api_version, or look for a newer Pulse",
            isChangedShape: true
        )
    }
}

extension PullRequest {
    /// What the raw records of its commits and reviews name as their parent.
    var childParent: String { "\(self.repositoryID)#\(self.number)" }

    /// Enough of a pull request to read what hangs on it.
    static func reference(_ number: Int, of repository: Repository) -> PullRequest {
        PullRequest(
            id: "",
            repositoryID: repository.id,
            repository: repository.fullName,
            number: number,
            title: "",
            state: .open,
            createdAt: .distantPast,
            updatedAt: .distantPast
        )
    }
}
