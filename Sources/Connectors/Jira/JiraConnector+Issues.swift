import Foundation
import PulseModel
import Store

extension JiraConnector {
    /// As ``issues(of:_:_:)``; where nobody has named the project, one that went out of sight since it was listed is no failure:
    /// what was read of it stays, and goes on where it stands should the project come back.
    ///
    /// - Parameter renamed: projects that are named by a former key, with the present one.
    /// - Returns: whether they were in sight.
    func issuesInSight(
        of scope: IssueScope,
        renamed: [String: String],
        _ context: IssueContext,
        _ run: SyncRun
    ) async throws -> Bool {
        if case .project(let key) = scope, let now = renamed[key] {
            // Webhooks speak of the present key alone, and so would the issues.
            throw ConnectorError(
                .configuration,
                unit: scope.unit,
                message: "\(key) is now \(now): change `projects` of the integration"
            )
        }
        do {
            try await self.issues(of: scope, context, run)
            return true
        } catch let error as ConnectorError where error.status == 400 && self.definition.projects.isEmpty {
            // Jira refuses a search that names a project which is not there.
            switch scope {
            case .project(let key):
                guard try await self.presentKey(of: key, unit: scope.unit, run) == nil else { throw error }
                run.note("\(key) is not among the projects that the account sees any more")
                return false
            case .others(let keys):
                let now = try await self.projectKeys(run, unit: scope.unit)
                guard !Set(keys).isSubset(of: now) else { throw error }
                try await self.issues(of: .others(than: now), context, run)
                return true
            }
        }
    }

    /// Reads the issues that changed since the watermark, oldest update first, with parents, sprints, people and histories.
    ///
    /// The question bounds `updated` by epoch milliseconds: JQL's date texts are cut to minutes and read in the caller's time
    /// zone. An issue that is updated while the list is read moves to its end and is read there, or by the next pass: the
    /// watermark is the greatest update *seen*, and moves only when the pass is through.
    func issues(of scope: IssueScope, _ context: IssueContext, _ run: SyncRun) async throws {
        let unit = scope.unit
        let stored = try await run.checkpoint(unit)
        let cursor = IssuesCursor(stored?.cursor)
        var since =
            cursor.map { $0.since.map(SourceDate.date(milliseconds:)) } ?? stored?.watermark?.addingTimeInterval(-Self.overlap)
        var token = cursor?.token
        var newest = cursor?.newest.map(SourceDate.date(milliseconds:))
        var isSorted = cursor?.isSorted ?? true
        var asked: Set<String> = []
        // A server may send the same page under a new token each time.
        var last: [JSONValue] = []
        var repeats = 0
        var restarts = 0
        var pages = 0
        while true {
            if let token, !asked.insert("\(since?.timeIntervalSince1970 ?? 0) \(token)").inserted {
                throw ConnectorError.circle(unit)
            }
            let fetchedAt = run.clock.now()
            let answer: SourceClient.Answer
            do {
                let question = self.question(scope, since: since, token: token, context.fields)
                let path = self.api(self.isDataCenter ? "search" : "search/jql")
                answer = try await run.client.ask(run.client.url(path), question, unit: unit)
            } catch let error as ConnectorError where error.status == 400 && token != nil && restarts < 3 {
                // A token lives seven days and is good for one question only. What has been seen need not be read again.
                restarts += 1
                token = nil
                asked = []
                if isSorted, let newest { since = newest.addingTimeInterval(-Self.overlap) }
                run.note("the place in the list of issues had expired; the pass began again")
                continue
            }
            guard let found = answer.json["issues"].array else {
                throw ConnectorError.changed("issues", of: answer.url, unit: unit)
            }
            let identities = found.map { $0["id"] }
            repeats = !found.isEmpty && identities == last ? repeats + 1 : 0
            last = identities
            if repeats >= 3 { throw ConnectorError.circle(unit) }
            let records = scope.isWide ? try await self.outside(scope.keys, of: found, context, unit: unit, run) : found
            var page = IngestionPage(fetchedAt: fetchedAt)
            try await self.take(records, context, into: &page, unit: unit, run)

            for updated in found.compactMap({ $0["fields"]["updated"].date }) {
                if let newest, updated < newest { isSorted = false }
                newest = max(newest ?? updated, updated)
            }
            if self.isDataCenter {
                (since, token) = Self.next(after: answer.json, since: since, newest: newest)
            } else {
                token = answer.json["isLast"].bool == true ? nil : answer.json["nextPageToken"].text
            }
            let isThrough = token == nil
            pages += 1
            if !isThrough, !self.isDataCenter, isSorted, pages >= Self.pagesPerSlice, let newest, newest > since ?? .distantPast {
                // The next slice: all before its lower bound has been seen, and whatever is lost from here on costs one slice.
                (since, token, asked, pages) = (newest, nil, [], 0)
            }
            page.checkpoint = Checkpoint(
                unit: unit,
                cursor: isThrough
                    ? nil
                    : IssuesCursor(
                        since: since.map(SourceDate.milliseconds),
                        token: token,
                        newest: newest.map(SourceDate.milliseconds),
                        isSorted: isSorted
                    ).text,
                watermark: isThrough ? [stored?.watermark, newest].compactMap(\.self).max() : stored?.watermark
            )
            try await run.write(page)
            if isThrough { return }
        }
    }

    /// Where Data Center's list goes on. Its pages are cut by number, and an issue that is updated meanwhile leaves its place: all
    /// behind it move up by one, and a page by number would skip one. So each page begins anew at the newest update seen, and only
    /// among issues of that same second by number, a few of them again.
    ///
    /// - Returns: the lower bound and the number to begin at; nil for the number at the end.
    static func next(after answer: JSONValue, since: Date?, newest: Date?) -> (since: Date?, token: String?) {
        let count = answer["issues"].array?.count ?? 0
        let start = answer["startAt"].count ?? 0
        let total = answer["total"].int ?? 0
        guard count > 0, start + count < total else { return (since, nil) }
        // Its dates are kept to the second.
        let bound = newest.map { Date(timeIntervalSince1970: $0.timeIntervalSince1970.rounded(.down)) }
        if let bound, bound > since ?? .distantPast { return (bound, "0") }
        return (since, String(start + max(1, count - max(5, count / 10))))
    }

    private func question(_ scope: IssueScope, since: Date?, token: String?, _ fields: JiraFields) -> JSONValue {
        var clauses = [scope.clause].compactMap(\.self)
        if let since { clauses.append("updated >= \(SourceDate.milliseconds(of: since))") }
        // Jira refuses a search without a condition. It is younger than this: 1 January 2000.
        if clauses.isEmpty { clauses.append("created >= 946684800000") }
        let jql = "\(clauses.joined(separator: " AND ")) ORDER BY updated ASC"
        guard !scope.isWide else { return self.brief(jql, token: token) }
        return self.search(
            jql,
            token: token,
            [
                .init(name: "maxResults", value: JSONValue(self.definition.maxResults)),
                .init(name: "fields", value: JSONValue(fields.requested())),
                .init(name: "expand", value: self.isDataCenter ? JSONValue(["changelog"]) : .string("changelog")),
            ]
        )
    }

    /// Asks only of which project each issue is and when it was updated, thousands a page.
    func brief(_ jql: String, token: String?) -> JSONValue {
        self.search(
            jql,
            token: token,
            [
                .init(name: "maxResults", value: JSONValue(self.isDataCenter ? 1_000 : 5_000)),
                .init(name: "fields", value: JSONValue(["project", "updated"])),
            ]
        )
    }

    private func search(_ jql: String, token: String?, _ more: [JSONValue.Member]) -> JSONValue {
        var members: [JSONValue.Member] = [.init(name: "jql", value: .string(jql))] + more
        if self.isDataCenter {
            members.append(.init(name: "startAt", value: JSONValue(token.flatMap { Int($0) } ?? 0)))
        } else if let token {
            members.append(.init(name: "nextPageToken", value: .string(token)))
        }
        return .object(members)
    }

    /// Those of some briefly listed issues that are of no listed project, whole.
    private func outside(
        _ listed: [String],
        of found: [JSONValue],
        _ context: IssueContext,
        unit: String,
        _ run: SyncRun
    ) async throws -> [JSONValue] {
        let listed = Set(listed)
        let ids = found.filter { $0["fields"]["project"]["key"].text.map { !listed.contains($0) } ?? true }
            .compactMap { $0["id"].identifier }
        var records: [JSONValue] = []
        for start in stride(from: 0, to: ids.count, by: Self.refreshPortion) {
            let some = Array(ids[start..<min(start + Self.refreshPortion, ids.count)])
            records += try await self.issues(some, context, unit: unit, run)
        }
        return records
    }

    func take(
        _ records: [JSONValue],
        _ context: IssueContext,
        into page: inout IngestionPage,
        unit: String,
        _ run: SyncRun
    ) async throws {
        var taken: [(item: WorkItem, record: JSONValue)] = []
        var seen: Set<String> = []
        for (index, record) in records.enumerated() {
            let identity = record["key"].text ?? record["id"].identifier ?? "item \(index + 1) of a page"
            let item = page.taking("jira_issue", identity) { () throws(RecordProblem) in
                try JiraRecords.workItem(record, fields: context.fields, site: self.site)
            }
            guard let item, seen.insert(item.id).inserted else { continue }
            taken.append((item, record))
            page.workItems.append(item)
            page.keep("jira_issue", item.id, record)
            let fields = record["fields"]
            for sprint in JiraRecords.sprints(in: fields, context.fields)
            where !page.sprints.contains(where: { $0.id == sprint.id }) {
                page.sprints.append(sprint)
            }
            for user in [fields["assignee"], fields["reporter"]] { page.add(JiraRecords.user(user)) }
            context.known.learn(from: fields, site: self.site, into: &page)
        }
        // What a list has once said of a project is more than an issue says.
        for project in page.projects where try await run.kept("jira_project", project.id) != nil {
            page.projects.removeAll { $0.id == project.id }
        }
        try Self.refuseChangedShape(records, taken: taken.count, page.rejected, unit: unit)
        try await self.histories(of: taken, context, into: &page, unit: unit, run)
        try await self.developmentLinks(of: taken, context, into: &page, unit: unit, run)
    }

    /// One bad record is the record's fault; a whole page that lacks the same is a changed answer, which no retry mends.
    private static func refuseChangedShape(
        _ records: [JSONValue],
        taken: Int,
        _ rejected: [RejectedRecord],
        unit: String
    ) throws(ConnectorError) {
        guard taken == 0, records.count >= 20, let reason = rejected.first?.reason,
            rejected.allSatisfy({ $0.reason == reason })
        else { return }
        let member = String(reason.prefix { !$0.isWhitespace })
        let path = ["key", "id"].contains(member) ? "issues[].\(member)" : "issues[].fields.\(member)"
        throw ConnectorError(
            .dataFormat,
            unit: unit,
            message:
                "all \(records.count) issues of a page lack the same, \(path): \(reason). Either the account may not see the "
                + "field, or Jira's answers have changed and Pulse must be updated",
            isChangedShape: true
        )
    }
}
