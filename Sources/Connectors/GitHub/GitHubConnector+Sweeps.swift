import Foundation
import PulseModel
import Store

/// Deletions that no event has told: ids that GitHub no longer lists. Commits and reviews need none, for each reading of a pull
/// request has them whole.
extension GitHubConnector {
    private var interval: TimeInterval { TimeInterval(self.definition.sweepHours) * 3_600 }

    func sweepRepositories(isForced: Bool, _ run: SyncRun) async throws {
        guard self.definition.repositories.isEmpty, self.definition.sweepHours > 0 || isForced, run.canSweep else { return }
        let unit = "sweep:repositories"
        _ = try await run.unit(unit) {
            try await run.sweep(
                SweepUnit(
                    name: "repositories",
                    table: .repositories,
                    chosen: self.definition.organization.map { [$0.lowercased()] }
                ),
                every: self.interval,
                isForced: isForced
            ) { cursor in
                var known = ListedRepositories()
                let answer =
                    if let cursor {
                        try await run.client.get(SourceURL(origin: run.client.base.origin, target: cursor), unit: unit)
                    } else {
                        try await self.listing(&known, unit: unit, run).answer
                    }
                return SweepPage(
                    ids: try self.repositories(in: answer, unit: unit).compactMap { $0["id"].identifier },
                    next: try run.client.next(after: answer, unit: unit)?.target
                )
            } isGone: { suspect in
                try await self.hasGone(repository: suspect.stableID, unit: unit, run)
            }
        }
    }

    /// Whether a repository that is no longer listed is gone. One that has been transferred to another owner gets the name that it has
    /// now; its rows stay, and that is said.
    private func hasGone(repository id: String, unit: String, _ run: SyncRun) async throws -> Bool {
        guard let record = try await self.find("/repositories/\(id)", unit: unit, run) else { return true }
        var page = IngestionPage(fetchedAt: run.clock.now())
        guard let repository = page.takeRepository(record, identity: record["full_name"].text ?? id), repository.id == id else {
            return false
        }
        try await run.write(page)
        if !self.definition.covers(repository.fullName) {
            run.note(
                "a repository is now \(repository.fullName), which this integration does not read: what is known of it stays; to go on "
                    + "reading it, name it in an integration's \"repositories\""
            )
        }
        return false
    }

    static func sweepUnit(of repository: Repository) -> String { "sweep:\(repository.fullName)@\(repository.id)" }

    func sweep(_ repository: Repository, _ access: GraphAccess, isForced: Bool, _ run: SyncRun) async throws {
        guard self.definition.sweepHours > 0 || isForced, run.canSweep else { return }
        let root = "/repos/\(repository.fullName)"
        let unit = Self.sweepUnit(of: repository)
        _ = try await run.unit(unit) {
            // One list that waits for a person does not keep the others from being swept.
            var stops: [ConnectorError] = []
            func sweeping(_ body: () async throws -> Void) async throws {
                do {
                    try await body()
                } catch let error as ConnectorError where error.kind == .configuration {
                    stops.append(error)
                }
            }
            try await sweeping {
                try await run.sweep(
                    SweepUnit(name: "prs:\(repository.id)", table: .pullRequests, repositoryID: repository.id),
                    every: self.interval,
                    isForced: isForced
                ) { cursor in
                    try await self.pullIDs(of: repository, cursor, access, unit: unit, run)
                } isGone: { suspect in
                    guard let number = suspect.number else { return false }
                    return try await self.isGone("\(root)/pulls/\(number)", unit: unit, run)
                } readBack: { returned in
                    // Over REST, which has long lists to their end.
                    for number in returned.compactMap(\.number) {
                        var page = IngestionPage(fetchedAt: run.clock.now())
                        try await self.takeOverREST(number, of: repository, into: &page, unit: unit, run)
                        if !page.pullRequests.isEmpty { try await run.write(page) }
                    }
                }
            }
            for kind in [Comment.Kind.review, .issue] {
                try await sweeping { try await self.sweepComments(kind, of: repository, isForced: isForced, unit: unit, run) }
            }
            if let stop = stops.first { throw stop }
        }
    }

    private func sweepComments(
        _ kind: Comment.Kind,
        of repository: Repository,
        isForced: Bool,
        unit: String,
        _ run: SyncRun
    ) async throws {
        let list = self.commentsPath(kind, of: repository)
        func path(of comment: SweepFinding.Row) -> String {
            "\(list)/\(comment.stableID.split(separator: ":").last.map(String.init) ?? comment.stableID)"
        }
        do {
            try await run.sweep(
                SweepUnit(
                    name: "\(kind.rawValue)-comments:\(repository.id)",
                    table: .comments,
                    repositoryID: repository.id,
                    kind: kind.rawValue
                ),
                every: self.interval,
                isForced: isForced
            ) { cursor in
                let url =
                    cursor.map { SourceURL(origin: run.client.base.origin, target: $0) }
                    ?? run.client.url(list, ["sort": "created", "direction": "asc", "per_page": "100"])
                let answer = try await run.client.get(url, unit: unit)
                return SweepPage(
                    ids: try answer.items(unit: unit).compactMap { $0["id"].identifier }.map { "\(kind.rawValue):\($0)" },
                    next: try run.client.next(after: answer, unit: unit)?.target
                )
            } isGone: { suspect in
                try await self.isGone(path(of: suspect), unit: unit, run)
            } readBack: { returned in
                var page = IngestionPage(fetchedAt: run.clock.now())
                var records: [JSONValue] = []
                for comment in returned {
                    if let record = try await self.find(path(of: comment), unit: unit, run) { records.append(record) }
                }
                page.takeComments(records, kind, of: repository)
                if !page.isEmpty { try await run.write(page) }
            }
        } catch let error as ConnectorError where error.status == 410 {
            // The list alone: what is not there when it is asked for is no error. Nothing is judged by it, and what stands stays.
            run.note(Self.isSwitchedOff(repository))
        }
    }

    /// A hundred a point over GraphQL, a hundred a request over REST. The cursor begins with the way that it is of.
    private func pullIDs(
        of repository: Repository,
        _ cursor: String?,
        _ access: GraphAccess,
        unit: String,
        _ run: SyncRun
    ) async throws -> SweepPage {
        if access.isOpen, cursor.map({ $0.hasPrefix("graph ") }) ?? true {
            do {
                let names = repository.fullName.split(separator: "/", maxSplits: 1).map(String.init)
                let after = cursor.map { String($0.dropFirst("graph ".count)) }
                let answer = try await self.graph(
                    GraphDocument.pullNumbers,
                    JSONValue([
                        "owner": .string(names.first ?? ""), "name": .string(names.last ?? ""),
                        "after": after.map(JSONValue.string) ?? .null,
                    ]),
                    unit: unit,
                    run
                )
                let list = answer.data["repository"]["pullRequests"]
                guard answer.problems.isEmpty, let nodes = list["nodes"].array else {
                    throw ConnectorError(
                        .transient,
                        unit: unit,
                        message: "the list of pull requests came with holes: \(answer.problems.first?.message ?? "no reason")"
                    )
                }
                let ids = nodes.compactMap { node in
                    node["fullDatabaseId"].isNull ? node["databaseId"].identifier : node["fullDatabaseId"].identifier
                }
                let end = list["pageInfo"]["hasNextPage"].bool == true ? list["pageInfo"]["endCursor"].text : nil
                return SweepPage(ids: ids, next: end.map { "graph \($0)" })
            } catch let refused as GraphRefused {
                access.refuse(refused.reason)
            }
        }
        let url =
            cursor.flatMap { $0.hasPrefix("/") ? SourceURL(origin: run.client.base.origin, target: $0) : nil }
            ?? run.client.url(
                "/repos/\(repository.fullName)/pulls",
                ["state": "all", "sort": "created", "direction": "asc", "per_page": "100"]
            )
        let answer = try await run.client.get(url, unit: unit)
        return SweepPage(
            ids: try answer.items(unit: unit).compactMap { $0["id"].identifier },
            next: try run.client.next(after: answer, unit: unit)?.target
        )
    }

    func isGone(_ path: String, unit: String, _ run: SyncRun) async throws -> Bool {
        try await self.find(path, unit: unit, run) == nil
    }

    /// - Returns: nil where GitHub says that it is not there.
    private func find(_ path: String, unit: String, _ run: SyncRun) async throws -> JSONValue? {
        do {
            return try await run.client.get(run.client.url(path), unit: unit).json
        } catch let error as ConnectorError where error.status == 404 || error.status == 410 {
            return nil
        }
    }
}
