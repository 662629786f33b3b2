import Foundation
import PulseModel
import Store

extension GitHubConnector {
    /// Reads the repository's comments of one kind that changed since the watermark, oldest update first.
    ///
    /// Pages by number lose rows here: a comment that is edited or deleted while the list is read pulls all later ones one place
    /// up, and the first of the next page slips onto one already read. So the next page is asked for by time: `since` the last
    /// update seen (inclusive, so a second that is shared by several comments is not cut). Where that cannot get on — a whole page
    /// within one second, or a server that does not sort — links are followed instead.
    ///
    /// Comments may come before their pull request; they name it by repository id and number.
    func comments(_ kind: Comment.Kind, of repository: Repository, unit: String, _ run: SyncRun) async throws {
        let stored = try await run.checkpoint(unit)
        let cursor = CommentsCursor(stored?.cursor)
        var since =
            cursor.map { $0.since.map(SourceDate.date(milliseconds:)) } ?? stored?.watermark?.addingTimeInterval(-Self.overlap)
        var newest = cursor?.newest.map(SourceDate.date(milliseconds:))
        var byLink = cursor?.next != nil
        func asking(since: Date?) -> SourceURL {
            let path = "/repos/\(repository.fullName)/\(kind == .review ? "pulls" : "issues")/comments"
            guard let since else {
                return run.client.url(path, ["sort": "updated", "direction": "asc", "per_page": "100"])
            }
            return run.client.url(
                path,
                ["sort": "updated", "direction": "asc", "per_page": "100", "since": SourceDate.text(of: since)]
            )
        }
        var url =
            (cursor?.next).map { SourceURL(origin: run.client.base.origin, target: $0) } ?? asking(since: since)
        var asked: Set<String> = []
        while true {
            guard asked.insert(url.target).inserted else { throw ConnectorError.circle(unit) }
            var page = IngestionPage(fetchedAt: run.clock.now())
            let answer: SourceClient.Answer
            do {
                answer = try await run.client.get(url, unit: unit)
            } catch let error as ConnectorError where error.status == 410 {
                run.note("\(repository.fullName) has this kind of comment switched off")
                return
            }
            let items = try answer.items(unit: unit)
            self.take(items, kind, of: repository, into: &page)
            let updates = items.compactMap { $0["updated_at"].date }
            newest = [newest, updates.max()].compactMap(\.self).max()

            var next = try run.client.next(after: answer, unit: unit)
            if next != nil, !byLink {
                let isSorted = zip(updates, updates.dropFirst()).allSatisfy { $0 <= $1 }
                // Compared as they are written in the URL: whole seconds.
                let begin = since.map(SourceDate.text) ?? ""
                if isSorted, let last = updates.last, let first = updates.first, SourceDate.text(of: first) >= begin,
                    SourceDate.text(of: last) > begin
                {
                    since = last
                    next = asking(since: last)
                } else {
                    byLink = true
                }
            }
            page.checkpoint = Checkpoint(
                unit: unit,
                cursor: next.map { next in
                    CommentsCursor(
                        since: since.map(SourceDate.milliseconds),
                        next: byLink ? next.target : nil,
                        newest: newest.map(SourceDate.milliseconds)
                    ).text
                },
                watermark: next == nil ? [stored?.watermark, newest].compactMap(\.self).max() : stored?.watermark
            )
            try await run.write(page)
            guard let next else { return }
            url = next
        }
    }

    private func take(_ items: [JSONValue], _ kind: Comment.Kind, of repository: Repository, into page: inout IngestionPage) {
        var seen: Set<String> = []
        let name = "github_\(kind.rawValue)_comment"
        for (index, record) in items.enumerated() {
            let comment = page.taking(name, record["id"].identifier ?? "\(repository.fullName), item \(index + 1) of a page") {
                () throws(RecordProblem) in try GitHubRecords.comment(record, kind: kind, of: repository)
            }
            guard let comment = comment ?? nil, seen.insert(comment.id).inserted else { continue }
            page.comments.append(comment)
            page.keep(name, comment.id, record)
            page.add(GitHubRecords.user(record["user"]))
        }
    }
}
