import Foundation
import PulseModel
import Store

extension GitHubConnector {
    /// Pull requests a page over REST: a crash costs at most their detail requests.
    private static let pageSize = 50

    /// Reads the pull requests that changed since the watermark, newest first, each with its commits and reviews.
    ///
    /// Why nothing is lost although the list moves while it is read: it is sorted by update, descending. A pull request that is
    /// updated meanwhile moves to the front and pushes others *down*, onto pages yet to come; those are read twice, which changes
    /// nothing. The one that moved may be missed, but its update is later than everything on the first page, and the watermark
    /// becomes the greatest update *of the first page*, so the next pass sees it. The watermark moves only when the whole pass is
    /// through, for what is older comes last.
    ///
    /// A pass begins with the question whether the newest ones are still the same, which costs nothing where they are.
    func pulls(of repository: Repository, _ access: GraphAccess, unit: String, _ run: SyncRun) async throws {
        let stored = try await run.checkpoint(unit)
        let cursor = PullsCursor(stored?.cursor)
        var tags = cursor?.tags
        if cursor == nil {
            let newest = run.client.url(
                "/repos/\(repository.fullName)/pulls",
                ["state": "all", "sort": "updated", "direction": "desc", "per_page": "5"]
            )
            let known = stored?.watermark == nil ? nil : EntityTags(stored?.validators)
            let asked = try await run.client.get(newest, unlessUnchanged: known, unit: unit)
            if asked.answer.isUnchanged { return }
            tags = try Self.reachesBehindOverlap(asked.answer, unit: unit) ? asked.tags : nil
        }
        if cursor?.next == nil, access.isOpen {
            do {
                try await self.pullsByGraph(of: repository, from: cursor, stored, tags: tags, access, unit: unit, run)
                return
            } catch let refused as GraphRefused {
                access.refuse(refused.reason)
            }
        }
        if let refusal = access.takeRefusal() { run.note(refusal) }
        // Where GraphQL was refused in the middle, the pages that it has written stand, and REST begins anew.
        try await self.pullsByREST(of: repository, from: cursor?.next == nil ? nil : cursor, stored, tags: tags, unit: unit, run)
    }

    /// Whether the newest of a list, as the question that begins a pass shows them, go back further than ``overlap``.
    ///
    /// Where they do not — a review with many line comments is one second — what appears late may stand behind them. Then "these
    /// are unchanged" does not say that nothing is new, and the question's tag must not be kept.
    static func reachesBehindOverlap(_ newest: SourceClient.Answer, unit: String) throws -> Bool {
        guard newest.headers["link"].flatMap(LinkHeader.next) != nil else { return true }
        let updates = try newest.items(unit: unit).compactMap { $0["updated_at"].date }
        guard let first = updates.max(), let last = updates.min() else { return false }
        return last < first.addingTimeInterval(-Self.overlap)
    }

    private func pullsByREST(
        of repository: Repository,
        from cursor: PullsCursor?,
        _ stored: Checkpoint?,
        tags: EntityTags?,
        unit: String,
        _ run: SyncRun
    ) async throws {
        let floor = stored?.watermark?.addingTimeInterval(-Self.overlap)
        var newest = cursor?.newest.map(SourceDate.date(milliseconds:))
        var url =
            (cursor?.next).map { SourceURL(origin: run.client.base.origin, target: $0) }
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
            try page.refuseChangedShape(of: "github_pr", items: items.count, rejectedBefore: 0, unit: unit)
            let next = reachedFloor ? nil : try run.client.next(after: answer, unit: unit)
            page.checkpoint = Checkpoint(
                unit: unit,
                cursor: next.map { PullsCursor(next: $0.target, newest: newest.map(SourceDate.milliseconds), tags: tags).text },
                watermark: next == nil ? [stored?.watermark, newest].compactMap(\.self).max() : stored?.watermark,
                validators: next == nil ? tags?.text : nil
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
        try await self.takeOverREST(listed, record: item, of: repository, into: &page, unit: unit, run)
    }
}
