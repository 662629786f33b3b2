import Foundation
import PulseModel
import Store

/// What delivery metrics count: deployments with their statuses, releases, and the commits of the default branch.
extension GitHubConnector {
    /// A deployment may still change for so long after it was made.
    private static let settling: TimeInterval = 30 * 86_400
    /// And for so long where changes of older ones are looked for.
    private static let longSettling: TimeInterval = 365 * 86_400
    /// Old commits may be pushed late; a commit's date says when it was made, not when it came.
    private static let latePush: TimeInterval = 7 * 86_400

    func deployments(of repository: Repository, _ access: GraphAccess, unit: String, _ run: SyncRun) async throws {
        let before = EntityTags(try await run.checkpoint(unit)?.validators)?.readAt
        try await self.read("/repos/\(repository.fullName)/deployments", unit: unit, run) { items, watermark, isWhole, page in
            // What shorter readings did not come to may be older than the watermark, but not than the whole reading before.
            let newSince = isWhole ? before : watermark
            var wanted: [(record: JSONValue, deployment: Deployment)] = []
            for (index, record) in items.enumerated() {
                let deployment = page.taking("github_deployment", record["id"].identifier ?? "item \(index + 1) of a page") {
                    () throws(RecordProblem) in try GitHubRecords.deployment(record, of: repository)
                }
                guard let deployment else { continue }
                if let newSince, let updated = deployment.updatedAt, updated < newSince.addingTimeInterval(-Self.overlap) {
                    continue
                }
                wanted.append((record, deployment))
            }
            let statuses = try await self.statuses(of: wanted.map(\.record), in: repository, access, unit: unit, run)
            for (record, deployment) in wanted {
                var deployment = deployment
                deployment.statuses = (statuses[deployment.id] ?? []).compactMap(GitHubRecords.deploymentStatus)
                page.deployments.append(deployment)
                let raw = record.with("statuses", .array(statuses[deployment.id] ?? []))
                page.keep("github_deployment", deployment.id, of: repository.id, raw)
            }
            let updates = items.compactMap { $0["updated_at"].date ?? $0["created_at"].date }
            guard let watermark else { return (newest: updates.max(), isThrough: false) }
            let oldest = items.compactMap { $0["created_at"].date }.min() ?? .distantPast
            var isThrough = oldest < watermark.addingTimeInterval(-(isWhole ? Self.longSettling : Self.settling))
            // Behind a page on which nothing is new an older one may have changed; where whole readings come, they find it.
            if !isWhole, self.definition.sweepHours > 0 {
                isThrough = isThrough || (updates.max() ?? .distantPast) < watermark.addingTimeInterval(-Self.overlap)
            }
            return (newest: updates.max(), isThrough: isThrough)
        }
    }

    /// What was said of each deployment, in REST's shape or GraphQL's: a hundred in one query, else one request each.
    private func statuses(
        of records: [JSONValue],
        in repository: Repository,
        _ access: GraphAccess,
        unit: String,
        _ run: SyncRun
    ) async throws -> [String: [JSONValue]] {
        var statuses: [String: [JSONValue]] = [:]
        let wanted = records.compactMap { record in
            record["id"].identifier.flatMap { id in record["node_id"].text.map { (id: id, node: $0) } }
        }
        if access.isOpen, wanted.count == records.count {
            do {
                statuses = try await self.statuses(ofNodes: wanted, unit: unit, run)
            } catch let refused as GraphRefused {
                access.refuse(refused.reason)
                if let refusal = access.takeRefusal() { run.note(refusal) }
            }
        }
        for record in records {
            guard let id = record["id"].identifier, statuses[id] == nil else { continue }
            do {
                statuses[id] = try await self.statuses(of: id, in: repository, unit: unit, run)
            } catch let error as ConnectorError where error.kind == .notFound {
                continue
            }
        }
        return statuses
    }

    /// By the deployments' ids in GraphQL; where a query takes too much, half as many have a better chance than each by itself.
    ///
    /// - Returns: by the ids in REST, without those that came with holes or have more than a page.
    private func statuses(
        ofNodes deployments: [(id: String, node: String)],
        unit: String,
        _ run: SyncRun
    ) async throws -> [String: [JSONValue]] {
        var statuses: [String: [JSONValue]] = [:]
        var rest = deployments[...]
        var size = deployments.count
        while !rest.isEmpty {
            let some = Array(rest.prefix(size))
            var answer: GraphAnswer?
            do {
                answer = try await self.graph(
                    GraphDocument.deploymentStatuses,
                    JSONValue(["ids": JSONValue(some.map(\.node))]),
                    unit: unit,
                    patience: .attempts(2),
                    run
                )
            } catch let error as ConnectorError where error.kind == .transient {
                // A query that GitHub gives up is answered like a server that is away.
            }
            guard let answer, !answer.isTooLarge else {
                guard size > 1 else { return statuses }
                size = (size + 1) / 2
                continue
            }
            rest = rest.dropFirst(size)
            // They come in the order in which they are asked for. Their numbers would not tell: GraphQL has none for ids that have
            // outgrown 32 bits.
            let nodes = answer.data["nodes"].array ?? []
            guard nodes.count == some.count else { continue }
            for (index, node) in nodes.enumerated() {
                // The rest of a long list is on further pages, which REST has in the same form.
                let list = node["statuses"]
                guard answer.problem(at: ["nodes", String(index)]) == nil, list["pageInfo"]["hasNextPage"].bool == false
                else { continue }
                statuses[some[index].id] = list["nodes"].array
            }
        }
        return statuses
    }

    private func statuses(of id: String, in repository: Repository, unit: String, _ run: SyncRun) async throws -> [JSONValue] {
        var statuses: [JSONValue] = []
        var url = run.client.url("/repos/\(repository.fullName)/deployments/\(id)/statuses", ["per_page": "100"])
        var asked: Set<String> = []
        while true {
            guard asked.insert(url.target).inserted else { throw ConnectorError.circle(unit) }
            let answer = try await run.client.get(url, unit: unit)
            statuses += try answer.items(unit: unit)
            guard let next = try run.client.next(after: answer, unit: unit) else { return statuses }
            url = next
        }
    }

    func releases(of repository: Repository, unit: String, _ run: SyncRun) async throws {
        let before = EntityTags(try await run.checkpoint(unit)?.validators)?.readAt
        let path = "/repos/\(repository.fullName)/releases"
        let wasWhole = try await self.read(path, unit: unit, run) { items, watermark, isWhole, page in
            for (index, record) in items.enumerated() {
                let release = page.taking("github_release", record["id"].identifier ?? "item \(index + 1) of a page") {
                    () throws(RecordProblem) in try GitHubRecords.release(record, of: repository)
                }
                guard let release else { continue }
                page.releases.append(release)
                page.keep("github_release", release.id, of: repository.id, record)
            }
            let created = items.compactMap { $0["created_at"].date }
            let isOld = watermark.map { mark in created.min().map { $0 < mark.addingTimeInterval(-Self.settling) } ?? true }
            // Releases may be edited years later, and no list tells when; there are few of them.
            return (newest: created.max(), isThrough: !isWhole && isOld ?? false)
        }
        if wasWhole, let before { try await self.removeReleases(of: repository, notSeenSince: before, unit: unit, run) }
    }

    /// What GitHub deletes is told by its webhook or by whole readings, as by the sweeps of other objects: gone is what two of them,
    /// one after the other, have not listed and what is not there when it is asked for.
    ///
    /// There are few releases, so that a share that is missing says little; one that is there after all comes back with the next
    /// reading. Deployments that are cleared away at GitHub have been made all the same, and stay.
    ///
    /// - Parameter time: when the whole reading before this one began.
    private func removeReleases(
        of repository: Repository,
        notSeenSince time: Date,
        unit: String,
        _ run: SyncRun
    ) async throws {
        var page = IngestionPage(fetchedAt: run.clock.now())
        for id in try await run.releases(of: repository, notSeenSince: time) {
            guard try await self.isGone("/repos/\(repository.fullName)/releases/\(id)", unit: unit, run) else { continue }
            page.removedReleases.append(id)
        }
        guard !page.removedReleases.isEmpty else { return }
        // Asked for until now: nothing older may bring them back.
        page.fetchedAt = run.clock.now()
        run.note("\(page.removedReleases.count) releases are gone at the source and were deleted")
        try await run.write(page)
    }

    func branchCommits(of repository: Repository, unit: String, _ run: SyncRun) async throws {
        guard let branch = repository.defaultBranch else { return }
        do {
            try await self.read(
                "/repos/\(repository.fullName)/commits",
                ["sha": branch],
                unit: unit,
                run
            ) { items, watermark, _, page in
                for record in items {
                    let commit = page.taking("github_branch_commit", record["sha"].text ?? "?") { () throws(RecordProblem) in
                        try GitHubRecords.branchCommit(record, branch: branch, of: repository)
                    }
                    guard let commit else { continue }
                    page.branchCommits.append(commit)
                    page.keep(
                        "github_branch_commit",
                        "\(repository.id)/\(branch)@\(commit.sha)",
                        of: "\(repository.id)/\(branch)",
                        record
                    )
                }
                let dates = items.compactMap { $0["commit"]["committer"]["date"].date }
                return (
                    newest: dates.max(),
                    isThrough: watermark.map { mark in dates.min().map { $0 < mark.addingTimeInterval(-Self.latePush) } ?? true }
                        ?? false
                )
            }
        } catch let error as ConnectorError where error.status == 409 {
            run.note("\(repository.fullName) holds no commits yet")
        }
    }

    /// Reads a list that is sorted newest first, until it is through or old enough; nothing where its first page is still the same.
    ///
    /// An older object may change without the first page showing it: a deployment behind a hundred later ones gets another status. So
    /// once every ``GitHubDefinition/sweepHours`` the pages are read whatever the first one says.
    ///
    /// - Parameter take: takes the items of one page; says the newest time of them, and whether what follows is old. `isWhole` is set
    ///   where changes of older ones are looked for.
    /// - Returns: whether a reading that looked for them has come to its end.
    @discardableResult
    private func read(
        _ path: String,
        _ query: KeyValuePairs<String, String> = [:],
        unit: String,
        _ run: SyncRun,
        _ take: (_ items: [JSONValue], _ watermark: Date?, _ isWhole: Bool, _ page: inout IngestionPage) async throws -> (
            newest: Date?, isThrough: Bool
        )
    ) async throws -> Bool {
        let stored = try await run.checkpoint(unit)
        // The page to read next and what the first page said, as for pull requests.
        let cursor = PullsCursor(stored?.cursor)
        var newest = cursor?.newest.map(SourceDate.date(milliseconds:))
        var tags = cursor?.tags
        var url: SourceURL
        if let next = cursor?.next {
            url = SourceURL(origin: run.client.base.origin, target: next)
        } else {
            let variables = query.map { "\(SourceURL.encode($0.key))=\(SourceURL.encode($0.value))&" }.joined()
            let base = run.client.url(path)
            url = SourceURL(origin: base.origin, target: "\(base.target)?\(variables)per_page=100")
        }
        var isFirst = cursor == nil
        let known = EntityTags(stored?.validators)
        let interval = TimeInterval(self.definition.sweepHours) * 3_600
        let isDue = interval > 0 && (known?.readAt ?? .distantPast) <= run.clock.now().addingTimeInterval(-interval)
        var isWhole = cursor?.isWhole ?? isDue
        var asked: Set<String> = []
        while true {
            guard asked.insert(url.target).inserted else { throw ConnectorError.circle(unit) }
            var page = IngestionPage(fetchedAt: run.clock.now())
            let answer: SourceClient.Answer
            if isFirst {
                let got = try await run.client.get(url, unlessUnchanged: isWhole ? nil : known, unit: unit)
                if got.answer.isUnchanged { return false }
                (answer, tags) = (got.answer, got.tags)
                // What is read since the last look at older ones leaves its time as it is.
                tags?.readAt = isWhole || known == nil ? page.fetchedAt : known?.readAt
                isWhole = isWhole && stored?.watermark != nil
            } else {
                answer = try await run.client.get(url, unit: unit)
            }
            let items = try answer.items(unit: unit)
            let taken = try await take(items, stored?.watermark, isWhole, &page)
            if isFirst { newest = taken.newest }
            isFirst = false
            let next = taken.isThrough ? nil : try run.client.next(after: answer, unit: unit)
            page.checkpoint = Checkpoint(
                unit: unit,
                cursor: next.map {
                    PullsCursor(
                        next: $0.target,
                        newest: newest.map(SourceDate.milliseconds),
                        tags: tags,
                        isWhole: isWhole
                    ).text
                },
                watermark: next == nil ? [stored?.watermark, newest].compactMap(\.self).max() : stored?.watermark,
                validators: next == nil ? tags?.text : nil
            )
            try await run.write(page)
            guard let next else { return isWhole }
            url = next
        }
    }
}
