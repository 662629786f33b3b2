import Foundation
import PulseModel
import Store

extension GitHubConnector {
    func commentsPath(_ kind: Comment.Kind, of repository: Repository) -> String {
        "/repos/\(repository.fullName)/\(kind == .review ? "pulls" : "issues")/comments"
    }

    /// What 410 says in the place of a list.
    static func isSwitchedOff(_ repository: Repository) -> String {
        "\(repository.fullName) has this kind of comment switched off"
    }

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
        let path = self.commentsPath(kind, of: repository)
        var tags = cursor?.tags
        if cursor == nil {
            let newest = run.client.url(path, ["sort": "updated", "direction": "desc", "per_page": "10"])
            do {
                let asked = try await run.client.get(
                    newest,
                    unlessUnchanged: EntityTags(stored?.validators),
                    unit: unit
                )
                if asked.answer.isUnchanged { return }
                tags = try Self.reachesBehindOverlap(asked.answer, unit: unit) ? asked.tags : nil
            } catch let error as ConnectorError where error.status == 410 {
                run.note(Self.isSwitchedOff(repository))
                return
            }
        }
        var since =
            cursor.map { $0.since.map(SourceDate.date(milliseconds:)) } ?? stored?.watermark?.addingTimeInterval(-Self.overlap)
        var newest = cursor?.newest.map(SourceDate.date(milliseconds:))
        var byLink = cursor?.next != nil
        func asking(since: Date?) -> SourceURL {
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
                run.note(Self.isSwitchedOff(repository))
                return
            }
            let items = try answer.items(unit: unit)
            page.takeComments(items, kind, of: repository)
            try page.refuseChangedShape(
                of: "github_\(kind.rawValue)_comment",
                items: items.count,
                rejectedBefore: 0,
                unit: unit
            )
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
                        newest: newest.map(SourceDate.milliseconds),
                        tags: tags
                    ).text
                },
                watermark: next == nil ? [stored?.watermark, newest].compactMap(\.self).max() : stored?.watermark,
                validators: next == nil ? tags?.text : nil
            )
            try await run.write(page)
            guard let next else { return }
            url = next
        }
    }
}
