import Foundation
import PulseModel
import Store

extension GitHubConnector {
    /// Pull requests a page: a crash costs at most their detail requests.
    private static let pageSize = 50
    /// GitHub lists no more commits of a pull request.
    private static let mostCommits = 250

    /// Reads the pull requests that changed since the watermark, newest first, each with its commits and reviews.
    ///
    /// Why nothing is lost although the list moves while it is read: it is sorted by update, descending. A pull request that is
    /// updated meanwhile moves to the front and pushes others *down*, onto pages yet to come; those are read twice, which changes
    /// nothing. The one that moved may be missed, but its update is later than everything on the first page, and the watermark
    /// becomes the greatest update *of the first page*, so the next pass sees it. The watermark moves only when the whole pass is
    /// through, for what is older comes last.
    func pulls(of repository: Repository, unit: String, _ run: SyncRun) async throws {
        let stored = try await run.checkpoint(unit)
        let floor = stored?.watermark?.addingTimeInterval(-Self.overlap)
        let cursor = PullsCursor(stored?.cursor)
        var newest = cursor?.newest.map(SourceDate.date(milliseconds:))
        var url =
            cursor.map { SourceURL(origin: run.client.base.origin, target: $0.next) }
            ?? run.client.url(
                "/repos/\(repository.fullName)/pulls",
                ["state": "all", "sort": "updated", "direction": "desc", "per_page": String(Self.pageSize)]
            )
        var isFirst = cursor == nil
        var asked: Set<String> = []
        while true {
            guard asked.insert(url.target).inserted else { throw ConnectorError.circle(unit) }
            var page = IngestionPage(fetchedAt: run.clock.now())
            let answer = try await run.client.get(url, unit: unit)
            let items = try answer.items(unit: unit)
            if isFirst { newest = items.compactMap { $0["updated_at"].date }.max() }
            isFirst = false
            var reachedFloor = false
            for (index, item) in items.enumerated() {
                if let floor, let updated = item["updated_at"].date, updated < floor {
                    reachedFloor = true
                    continue
                }
                try await self.take(item, at: index, of: repository, into: &page, unit: unit, run)
            }
            let next = reachedFloor ? nil : try run.client.next(after: answer, unit: unit)
            page.checkpoint = Checkpoint(
                unit: unit,
                cursor: next.map { PullsCursor(next: $0.target, newest: newest.map(SourceDate.milliseconds)).text },
                watermark: next == nil ? [stored?.watermark, newest].compactMap(\.self).max() : stored?.watermark
            )
            try await run.write(page)
            guard let next else { return }
            url = next
        }
    }

    /// Takes one pull request of the list, with what hangs on it.
    private func take(
        _ item: JSONValue,
        at index: Int,
        of repository: Repository,
        into page: inout IngestionPage,
        unit: String,
        _ run: SyncRun
    ) async throws {
        let identity = item["number"].int.map { "\(repository.fullName)#\($0)" } ?? "item \(index + 1) of a page"
        let listed = page.taking("github_pr", identity) { () throws(RecordProblem) in
            try GitHubRecords.pullRequest(item, of: repository)
        }
        guard let listed, !page.pullRequests.contains(where: { $0.id == listed.id }) else { return }
        let path = "/repos/\(repository.fullName)/pulls/\(listed.number)"
        var pull = listed
        var record = item
        // Only the detail has the counts and who merged. Without it the row of the list is better than none.
        if let detail = try await self.part(run.client.url(path), of: identity, &page, unit: unit, run),
            let detailed = try? GitHubRecords.pullRequest(detail.json, of: repository), detailed.id == listed.id
        {
            pull = detailed
            record = detail.json
        }
        page.pullRequests.append(pull)
        page.keep("github_pr", pull.id, record)
        for user in [record["user"], record["merged_by"]] { page.add(GitHubRecords.user(user)) }

        var keys: [String: PullRequestMentions.Place] = [:]
        func mention(_ text: String?, _ place: PullRequestMentions.Place) {
            for key in WorkItemKey.all(in: text ?? "") where keys[key] == nil { keys[key] = place }
        }
        mention(pull.title, .title)
        mention(pull.sourceBranch, .branch)

        let commits = try await self.list(
            run.client.url("\(path)/commits", ["per_page": "100"]),
            of: identity,
            &page,
            unit: unit,
            run
        )
        if let commits {
            let rejected = page.rejected.count
            var seen: Set<String> = []
            for record in commits {
                let commit = page.taking("github_commit", "\(identity)@\(record["sha"].text ?? "?")") {
                    () throws(RecordProblem) in try GitHubRecords.commit(record, of: pull)
                }
                guard let commit, seen.insert(commit.sha).inserted else { continue }
                page.commits.append(commit)
                page.keep("github_commit", commit.stableID, record)
                page.add(GitHubRecords.user(record["author"]))
                mention(commit.message, .commit)
            }
            let isCut = commits.count >= Self.mostCommits && (pull.commitCount ?? .max) > commits.count
            if isCut {
                run.note("\(identity) has more than \(Self.mostCommits) commits; GitHub lists the first \(commits.count)")
            } else if page.rejected.count == rejected {
                page.completeSets.append(.init(.commits, repositoryID: repository.id, number: pull.number))
            }
            page.mentions.append(PullRequestMentions(repositoryID: repository.id, number: pull.number, keys: keys))
        }

        let reviews = try await self.list(
            run.client.url("\(path)/reviews", ["per_page": "100"]),
            of: identity,
            &page,
            unit: unit,
            run
        )
        if let reviews {
            let rejected = page.rejected.count
            var seen: Set<String> = []
            for record in reviews {
                let review = page.taking("github_review", "\(identity) review \(record["id"].identifier ?? "?")") {
                    () throws(RecordProblem) in try GitHubRecords.review(record, of: pull)
                }
                guard let review, seen.insert(review.id).inserted else { continue }
                page.reviews.append(review)
                page.keep("github_review", review.id, record)
                page.add(GitHubRecords.user(record["user"]))
            }
            if page.rejected.count == rejected {
                page.completeSets.append(.init(.reviews, repositoryID: repository.id, number: pull.number))
            }
        }
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
            page.rejected.append(RejectedRecord(kind: "github_pr", identity: identity, reason: "not whole: \(error.message)"))
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
