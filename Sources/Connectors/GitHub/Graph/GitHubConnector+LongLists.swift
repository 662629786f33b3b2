import Foundation
import PulseModel
import Store

/// What one pull request has too much of for a page of many, and what a page came without: the rest of its commits and reviews, by its
/// id in GraphQL. Each is written by itself after the page that it belongs to, so that no trouble with it costs the page.
extension GitHubConnector {
    /// The next page of a list of one pull request, as large as GitHub lets it be.
    ///
    /// An answer without the list is asked for again with half as much, whatever the reason: to go on without it would lose its rows
    /// until the pull request changes. A list with holes is not taken either: a person who could not be loaded is not one who has gone.
    ///
    /// - Returns: an answer without the list only where GitHub says that there is none; nil where GraphQL does not get there, so
    ///   that REST has to.
    private func morePage(_ more: PullsCursor.More, unit: String, _ run: SyncRun) async throws -> GraphAnswer? {
        var size = 100
        while true {
            do {
                let answer = try await self.graph(
                    more.kind == .commits ? GraphDocument.moreCommits : GraphDocument.moreReviews,
                    JSONValue([
                        "id": .string(more.node), "first": JSONValue(size),
                        "after": more.after.isEmpty ? .null : .string(more.after),
                    ]),
                    unit: unit,
                    patience: size > 1 ? .attempts(2) : .usual,
                    run
                )
                let node = answer.data["node"]
                if !answer.isTooLarge {
                    if node[more.kind.rawValue]["nodes"].array != nil {
                        return answer.holes(at: ["node", more.kind.rawValue]).isEmpty ? answer : nil
                    }
                    if node.isNull, answer.problem(at: ["node"])?.isForGood == true { return answer }
                }
                guard size > 1 else { return nil }
            } catch let error as ConnectorError where error.kind == .transient {
                guard size > 1 else { throw error }
            }
            size /= 2
        }
    }

    /// Whether GitHub ends a list before its end: of a pull request's commits it may show no more than 250, as REST does.
    ///
    /// - Parameter count: how many have been read with this page.
    static func endsShort(_ list: JSONValue, at count: Int) -> Bool {
        list["pageInfo"]["hasNextPage"].bool != true && (list["totalCount"].int ?? 0) > count
    }

    /// Reads the whole list where GraphQL does not get to its end.
    private func readOverREST(
        _ kind: PullsCursor.More.Kind,
        of pull: PullRequest,
        _ mentioned: inout IngestionPage.Mentioned,
        _ cursor: PullsCursor,
        _ stored: Checkpoint?,
        unit: String,
        _ run: SyncRun
    ) async throws {
        var page = IngestionPage(fetchedAt: run.clock.now())
        switch kind {
        case .commits: try await self.takeCommitsOverREST(of: pull, pull.externalID, &mentioned, into: &page, unit: unit, run)
        case .reviews: try await self.takeReviewsOverREST(of: pull, pull.externalID, into: &page, unit: unit, run)
        }
        page.checkpoint = self.checkpoint(cursor, stored, unit: unit)
        try await run.write(page)
    }

    /// Reads the next page of what one pull request has too much of for its own page, and writes it with the place that follows.
    func readMore(
        _ more: PullsCursor.More,
        of repository: Repository,
        _ cursor: inout PullsCursor,
        _ stored: Checkpoint?,
        unit: String,
        _ run: SyncRun
    ) async throws {
        let pull = PullRequest.reference(more.number, of: repository)
        var mentioned = IngestionPage.Mentioned()
        mentioned.keys = more.keys.compactMapValues(PullRequestMentions.Place.init)
        guard let answer = try await self.morePage(more, unit: unit, run) else {
            cursor.more.removeFirst()
            try await self.readOverREST(more.kind, of: pull, &mentioned, cursor, stored, unit: unit, run)
            return
        }
        // As of the page that it continues: what has come since is not judged by it.
        var page = IngestionPage(fetchedAt: SourceDate.date(milliseconds: more.since))
        let list = answer.data["node"][more.kind.rawValue]
        cursor.more.removeFirst()
        if let nodes = list["nodes"].array {
            let seen =
                more.kind == .commits
                ? page.takeCommits(nodes.map { $0["commit"] }, of: pull, &mentioned) : page.takeReviews(nodes, of: pull)
            let all = more.seen.flatMap { before in seen.map { before + $0 } }
            if list["pageInfo"]["hasNextPage"].bool == true, let after = list["pageInfo"]["endCursor"].text {
                guard after != more.after else { throw ConnectorError.circle(unit) }
                var rest = more
                rest.after = after
                rest.seen = all
                rest.keys = mentioned.keys.mapValues(\.rawValue)
                cursor.more.insert(rest, at: 0)
            } else if let before = more.seen?.count, Self.endsShort(list, at: before + nodes.count) {
                // What there is is kept; the place that is stored stays where it is until the rest has come.
                try await run.write(page)
                var counted = pull
                counted.commitCount = list["totalCount"].int
                try await self.readOverREST(more.kind, of: counted, &mentioned, cursor, stored, unit: unit, run)
                return
            } else {
                if let all {
                    page.completeSets.append(
                        .init(
                            more.kind == .commits ? .commits : .reviews,
                            repositoryID: repository.id,
                            number: more.number,
                            stableIDs: all
                        )
                    )
                }
                if more.kind == .commits {
                    page.mentions.append(.init(repositoryID: repository.id, number: more.number, keys: mentioned.keys))
                }
            }
        } else {
            let reason = answer.problems.first?.message ?? "GitHub shows no \(more.kind.rawValue) of it"
            page.rejected.append(
                RejectedRecord(kind: "github_pr", identity: pull.externalID, reason: "incomplete: \(reason)")
            )
        }
        page.checkpoint = self.checkpoint(cursor, stored, unit: unit)
        try await run.write(page)
    }
}
