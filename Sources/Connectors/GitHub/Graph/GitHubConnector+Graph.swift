import Foundation
import PulseModel
import Store

/// A way that GitHub does not let us go, so that the other one is taken.
struct GraphRefused: Error {
    var reason: String
}

extension GitHubConnector {
    /// `…/graphql` of github.com, `…/api/graphql` of an Enterprise Server.
    static func graphURL(_ base: SourceURL) -> SourceURL {
        let path = base.path
        let root = path.hasSuffix("/api/v3") ? String(path.dropLast("/v3".count)) : path
        return SourceURL(origin: base.origin, target: root + "/graphql")
    }

    /// - Throws: ``GraphRefused`` where this account or server does not do GraphQL; ``ConnectorError`` otherwise.
    func graph(
        _ query: String,
        _ variables: JSONValue,
        unit: String,
        patience: SourceClient.Patience = .usual,
        _ run: SyncRun
    ) async throws -> GraphAnswer {
        let answer: SourceClient.Answer
        do {
            answer = try await run.client.ask(
                Self.graphURL(run.client.base),
                JSONValue(["query": .string(query), "variables": variables]),
                unit: unit,
                patience: patience
            )
        } catch let error as ConnectorError {
            switch error.kind {
            case .permission, .notFound, .configuration, .dataFormat: throw GraphRefused(reason: error.message)
            case .transient, .rateLimited, .authentication: throw error
            }
        }
        let read = GraphAnswer(answer)
        guard answer.json.members != nil, !read.data.isNull || !read.problems.isEmpty else {
            throw GraphRefused(reason: "\(answer.url.path) answered neither data nor errors")
        }
        if let problem = read.problems.first(where: { $0.isOfSchema || $0.type == "INSUFFICIENT_SCOPES" }) {
            throw GraphRefused(reason: problem.message)
        }
        return read
    }

    /// One page of pull requests, as large as GitHub lets it be.
    ///
    /// Time-outs and spent resources come back as errors or as holes; half the page then has a better chance than the same again.
    func pullsPage(
        of repository: Repository,
        after: String?,
        _ access: GraphAccess,
        unit: String,
        _ run: SyncRun
    ) async throws -> GraphAnswer {
        let names = repository.fullName.split(separator: "/", maxSplits: 1).map(String.init)
        var size = access.pageSize
        while true {
            let variables = JSONValue([
                "owner": .string(names.first ?? ""), "name": .string(names.last ?? ""), "first": JSONValue(size),
                "after": after.map(JSONValue.string) ?? .null,
            ])
            let answer: GraphAnswer
            do {
                answer = try await self.graph(
                    GraphDocument.pulls,
                    variables,
                    unit: unit,
                    patience: size > 1 ? .attempts(2) : .usual,
                    run
                )
            } catch let error as ConnectorError where error.kind == .transient {
                guard let smaller = access.wasTooLarge(size) else { throw error }
                size = smaller
                continue
            }
            if answer.isTooLarge {
                guard let smaller = access.wasTooLarge(size) else {
                    throw GraphRefused(reason: answer.problems.first?.message ?? "a query takes too much")
                }
                run.note("GraphQL pages were made smaller: \(answer.problems.first?.message ?? "they take too much")")
                size = smaller
                continue
            }
            if let problem = answer.problem(at: ["repository"]), answer.data["repository"].isNull {
                let kind: ConnectorError.Kind = problem.type == "NOT_FOUND" ? .notFound : .permission
                // A fine-grained token may read over REST what it may not over GraphQL.
                if kind == .permission { throw GraphRefused(reason: problem.message) }
                throw ConnectorError(kind, unit: unit, message: "\(repository.fullName): \(problem.message)")
            }
            if let hole = answer.passingHole(among: answer.data["repository"]["pullRequests"]["nodes"].array ?? []) {
                guard let smaller = access.wasTooLarge(size) else { throw GraphRefused(reason: hole.message) }
                size = smaller
                continue
            }
            access.answered(size, in: answer.elapsed)
            return answer
        }
    }

    /// Reads the pull requests that changed since the watermark, newest first, over GraphQL. Why nothing is lost although the list
    /// moves: see ``pulls(of:_:unit:_:)``.
    func pullsByGraph(
        of repository: Repository,
        from start: PullsCursor?,
        _ stored: Checkpoint?,
        tags: EntityTags?,
        _ access: GraphAccess,
        unit: String,
        _ run: SyncRun
    ) async throws {
        let floor = stored?.watermark?.addingTimeInterval(-Self.overlap)
        var cursor = start ?? PullsCursor(after: nil, isListed: false, more: [], newest: nil, tags: tags)
        var asked: Set<String> = []
        while !cursor.isListed || !cursor.more.isEmpty {
            if let more = cursor.more.first {
                try await self.readMore(more, of: repository, &cursor, stored, unit: unit, run)
                continue
            }
            guard asked.insert(cursor.after ?? "").inserted else { throw ConnectorError.circle(unit) }
            var page = IngestionPage(fetchedAt: run.clock.now())
            let answer = try await self.pullsPage(of: repository, after: cursor.after, access, unit: unit, run)
            let list = answer.data["repository"]["pullRequests"]
            guard let nodes = list["nodes"].array, let hasNext = list["pageInfo"]["hasNextPage"].bool else {
                throw ConnectorError(
                    .dataFormat,
                    unit: unit,
                    message: "data.repository.pullRequests has no list `nodes` with its `pageInfo`: GitHub's schema has changed, "
                        + "look for a newer Pulse or set \"graphql\": \"off\"",
                    isChangedShape: true
                )
            }
            let isFirst = cursor.after == nil && cursor.newest == nil
            if isFirst {
                cursor.newest = nodes.compactMap { $0["updatedAt"].date }.max().map(SourceDate.milliseconds)
            }
            var reachedFloor = false
            let rejected = page.rejected.count
            for (index, node) in nodes.enumerated() {
                if let floor, let updated = node["updatedAt"].date, updated < floor {
                    reachedFloor = true
                    continue
                }
                let path = ["repository", "pullRequests", "nodes", String(index)]
                try await self.take(node, at: path, answer, of: repository, into: &page, &cursor.more, unit: unit, run)
            }
            try page.refuseChangedShape(of: "github_pr", items: nodes.count, rejectedBefore: rejected, unit: unit)
            let end = list["pageInfo"]["endCursor"].text
            cursor.after = end ?? cursor.after
            cursor.isListed = reachedFloor || !hasNext || end == nil
            page.checkpoint = self.checkpoint(cursor, stored, unit: unit)
            try await run.write(page)
        }
    }

    func checkpoint(_ cursor: PullsCursor, _ stored: Checkpoint?, unit: String) -> Checkpoint {
        let isThrough = cursor.isListed && cursor.more.isEmpty
        let newest = cursor.newest.map(SourceDate.date(milliseconds:))
        return Checkpoint(
            unit: unit,
            cursor: isThrough ? nil : cursor.text,
            watermark: isThrough ? [stored?.watermark, newest].compactMap(\.self).max() : stored?.watermark,
            validators: isThrough ? cursor.tags?.text : nil
        )
    }

    /// Takes one pull request with what hangs on it; holes in its lists are left to `more`, all others are filled over REST.
    ///
    /// - Parameter path: where it stands in the answer's data.
    func take(
        _ node: JSONValue,
        at path: [String],
        _ answer: GraphAnswer,
        of repository: Repository,
        into page: inout IngestionPage,
        _ more: inout [PullsCursor.More],
        unit: String,
        _ run: SyncRun
    ) async throws {
        let record = GraphShape.pull(node)
        let place = path.last.flatMap { Int($0) }.map { "item \($0 + 1) of a page" } ?? "a pull request"
        let identity = record["number"].int.map { "\(repository.fullName)#\($0)" } ?? place
        if node.isNull, let problem = answer.problem(at: path) {
            page.rejected.append(RejectedRecord(kind: "github_pr", identity: identity, reason: "not shown: \(problem.message)"))
            return
        }
        let holes = answer.holes(at: path)
        // A person who could not be loaded is not one who has gone: what is null here is no null. How many commits there are stands
        // with their list.
        let lists: Set = node["commits"]["totalCount"].isNull ? ["reviews"] : ["commits", "reviews"]
        if !holes.isSubset(of: lists), let number = record["number"].int {
            try await self.takeOverREST(number, of: repository, into: &page, unit: unit, run)
            return
        }
        let pull = page.taking("github_pr", identity) { () throws(RecordProblem) in
            try GitHubRecords.pullRequest(record, of: repository)
        }
        guard let pull, !page.pullRequests.contains(where: { $0.id == pull.id }) else { return }
        page.takePull(pull, raw: node.without(["commits", "reviews"], keepingTotals: true))
        var mentioned = IngestionPage.Mentioned()
        mentioned.look(in: pull)
        let since = SourceDate.milliseconds(of: page.fetchedAt)

        func rest(of list: JSONValue) -> String? {
            list["pageInfo"]["hasNextPage"].bool == true ? list["pageInfo"]["endCursor"].text : nil
        }
        let commits = node["commits"]
        if let nodes = commits["nodes"].array, !holes.contains("commits"), !Self.endsShort(commits, at: nodes.count) {
            let seen = page.takeCommits(nodes.map { $0["commit"] }, of: pull, &mentioned)
            if let after = rest(of: commits), let id = node["id"].text {
                let keys = mentioned.keys.mapValues(\.rawValue)
                more.append(
                    .init(kind: .commits, node: id, number: pull.number, after: after, seen: seen, keys: keys, since: since)
                )
                page.mentions.append(
                    .init(repositoryID: repository.id, number: pull.number, keys: mentioned.keys, isPartial: true)
                )
            } else {
                if seen != nil { page.completeSets.append(.init(.commits, repositoryID: repository.id, number: pull.number)) }
                page.mentions.append(.init(repositoryID: repository.id, number: pull.number, keys: mentioned.keys))
            }
        } else if let id = node["id"].text {
            let keys = mentioned.keys.mapValues(\.rawValue)
            more.append(.init(kind: .commits, node: id, number: pull.number, after: "", seen: [], keys: keys, since: since))
            page.mentions.append(.init(repositoryID: repository.id, number: pull.number, keys: mentioned.keys, isPartial: true))
        } else {
            try await self.takeCommitsOverREST(of: pull, identity, &mentioned, into: &page, unit: unit, run)
        }
        let reviews = node["reviews"]
        if let nodes = reviews["nodes"].array, !holes.contains("reviews") {
            let seen = page.takeReviews(nodes, of: pull)
            if let after = rest(of: reviews), let id = node["id"].text {
                more.append(
                    .init(kind: .reviews, node: id, number: pull.number, after: after, seen: seen, keys: [:], since: since)
                )
            } else if seen != nil {
                page.completeSets.append(.init(.reviews, repositoryID: repository.id, number: pull.number))
            }
        } else if let id = node["id"].text {
            more.append(.init(kind: .reviews, node: id, number: pull.number, after: "", seen: [], keys: [:], since: since))
        } else {
            try await self.takeReviewsOverREST(of: pull, identity, into: &page, unit: unit, run)
        }
    }
}

extension JSONValue {
    /// Without the content of the lists of these names; their counts stay.
    fileprivate func without(_ names: [String], keepingTotals: Bool) -> JSONValue {
        guard let members = self.members else { return self }
        return .object(
            members.map { member in
                guard names.contains(member.name) else { return member }
                return Member(name: member.name, value: JSONValue(["totalCount": member.value["totalCount"]]))
            }
        )
    }
}
