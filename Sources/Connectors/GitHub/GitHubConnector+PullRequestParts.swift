import Foundation
import PulseModel
import Store

/// One pull request over REST, part by part.
extension GitHubConnector {
    /// GitHub lists no more commits with a pull request.
    private static let mostCommits = 250

    /// Takes a pull request with its detail, its commits and its reviews, three requests or more.
    func takeOverREST(
        _ listed: PullRequest,
        record: JSONValue,
        of repository: Repository,
        into page: inout IngestionPage,
        unit: String,
        _ run: SyncRun
    ) async throws {
        let identity = listed.externalID
        let path = "/repos/\(repository.fullName)/pulls/\(listed.number)"
        var pull = listed
        var record = record
        // Only the detail has the counts and who merged. Without it the row of the list is better than none.
        if let detail = try await self.part(run.client.url(path), of: identity, &page, unit: unit, run),
            let detailed = try? GitHubRecords.pullRequest(detail.json, of: repository), detailed.id == listed.id
        {
            pull = detailed
            record = detail.json
        }
        try await self.takeParts(of: pull, record: record, into: &page, unit: unit, run)
    }

    /// Takes a pull request of which no more than its number is known for sure.
    func takeOverREST(
        _ number: Int,
        of repository: Repository,
        into page: inout IngestionPage,
        unit: String,
        _ run: SyncRun
    ) async throws {
        let identity = "\(repository.fullName)#\(number)"
        let url = run.client.url("/repos/\(repository.fullName)/pulls/\(number)")
        guard let detail = try await self.part(url, of: identity, &page, unit: unit, run) else { return }
        let pull = page.taking("github_pr", identity) { () throws(RecordProblem) in
            try GitHubRecords.pullRequest(detail.json, of: repository)
        }
        guard let pull, !page.pullRequests.contains(where: { $0.id == pull.id }) else { return }
        try await self.takeParts(of: pull, record: detail.json, into: &page, unit: unit, run)
    }

    private func takeParts(
        of pull: PullRequest,
        record: JSONValue,
        into page: inout IngestionPage,
        unit: String,
        _ run: SyncRun
    ) async throws {
        page.takePull(pull, raw: record)
        var mentioned = IngestionPage.Mentioned()
        mentioned.look(in: pull)
        try await self.takeCommitsOverREST(of: pull, pull.externalID, &mentioned, into: &page, unit: unit, run)
        try await self.takeReviewsOverREST(of: pull, pull.externalID, into: &page, unit: unit, run)
    }

    func takeCommitsOverREST(
        of pull: PullRequest,
        _ identity: String,
        _ mentioned: inout IngestionPage.Mentioned,
        into page: inout IngestionPage,
        unit: String,
        _ run: SyncRun
    ) async throws {
        let commits = try await self.list(
            run.client.url("/repos/\(pull.repository)/pulls/\(pull.number)/commits", ["per_page": "100"]),
            of: identity,
            &page,
            unit: unit,
            run
        )
        guard var commits else { return }
        var isCut = commits.count >= Self.mostCommits && (pull.commitCount ?? .max) > commits.count
        if isCut, let all = try await self.comparedCommits(of: pull, unit: unit, run), all.count > commits.count {
            (commits, isCut) = (all, all.count < pull.commitCount ?? 0)
        }
        let seen = page.takeCommits(commits, of: pull, &mentioned)
        if isCut {
            run.note("\(identity) has more than \(Self.mostCommits) commits; GitHub's REST lists the first \(commits.count)")
        } else if seen != nil {
            page.completeSets.append(.init(.commits, repositoryID: pull.repositoryID, number: pull.number))
        }
        page.mentions.append(PullRequestMentions(repositoryID: pull.repositoryID, number: pull.number, keys: mentioned.keys))
    }

    /// All commits of a pull request that has more than are listed with it: those that its head has and its base has not.
    ///
    /// - Returns: nil where GitHub cannot tell, as after its branch's fork is gone.
    private func comparedCommits(of pull: PullRequest, unit: String, _ run: SyncRun) async throws -> [JSONValue]? {
        let root = "/repos/\(pull.repository)"
        do {
            let detail = try await run.client.get(run.client.url("\(root)/pulls/\(pull.number)"), unit: unit).json
            guard let base = detail["base"]["sha"].text, let head = detail["head"]["sha"].text else { return nil }
            var commits: [JSONValue] = []
            var url = run.client.url("\(root)/compare/\(base)...\(head)", ["per_page": "100"])
            var asked: Set<String> = []
            while true {
                guard asked.insert(url.target).inserted else { throw ConnectorError.circle(unit) }
                let answer = try await run.client.get(url, unit: unit)
                guard let page = answer.json["commits"].array else { return nil }
                commits += page
                guard let next = try run.client.next(after: answer, unit: unit) else { return commits }
                url = next
            }
        } catch let error as ConnectorError where error.kind == .notFound || error.status == 422 {
            return nil
        }
    }

    func takeReviewsOverREST(
        of pull: PullRequest,
        _ identity: String,
        into page: inout IngestionPage,
        unit: String,
        _ run: SyncRun
    ) async throws {
        let reviews = try await self.list(
            run.client.url("/repos/\(pull.repository)/pulls/\(pull.number)/reviews", ["per_page": "100"]),
            of: identity,
            &page,
            unit: unit,
            run
        )
        guard let reviews, page.takeReviews(reviews, of: pull) != nil else { return }
        page.completeSets.append(.init(.reviews, repositoryID: pull.repositoryID, number: pull.number))
    }

    /// A part of one pull request.
    ///
    /// - Returns: nil where GitHub refuses this very part for good, which is noted as a rejected record and harms no other; what
    ///   may pass, and what concerns the whole repository, is thrown.
    private func part(
        _ url: SourceURL,
        of identity: String,
        _ page: inout IngestionPage,
        unit: String,
        _ run: SyncRun
    ) async throws -> SourceClient.Answer? {
        do {
            return try await run.client.get(url, unit: unit)
        } catch let error as ConnectorError
            where error.kind == .notFound || (error.kind == .configuration && error.status == 422)
        {
            page.rejected.append(RejectedRecord(kind: "github_pr", identity: identity, reason: "incomplete: \(error.message)"))
            return nil
        }
    }

    /// All pages of a list that belongs to one pull request; nil as in ``part(_:of:_:unit:_:)``.
    private func list(
        _ url: SourceURL,
        of identity: String,
        _ page: inout IngestionPage,
        unit: String,
        _ run: SyncRun
    ) async throws -> [JSONValue]? {
        var items: [JSONValue] = []
        var url = url
        var asked: Set<String> = []
        while true {
            guard asked.insert(url.target).inserted else { throw ConnectorError.circle(unit) }
            guard let answer = try await self.part(url, of: identity, &page, unit: unit, run) else { return nil }
            items += try answer.items(unit: unit)
            guard let next = try run.client.next(after: answer, unit: unit) else { return items }
            url = next
        }
    }
}
