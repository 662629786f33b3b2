import Foundation
import PulseModel
import Store

extension JiraConnector {
    /// Adds the issues' histories: as the search sent them where they are whole, else fetched.
    ///
    /// The search sends only the latest part of a long history and says so by `total`.
    func histories(
        of issues: [(item: WorkItem, record: JSONValue)],
        _ context: IssueContext,
        into page: inout IngestionPage,
        unit: String,
        _ run: SyncRun
    ) async throws {
        let partial = issues.filter { !self.isWhole($0.record["changelog"]) }.map(\.item.id)
        let fetched = try await self.fetchHistories(of: partial, context, unit: unit, run)
        for (item, record) in issues {
            let complete = fetched[item.id]
            let records = complete ?? record["changelog"]["histories"].array ?? []
            let isComplete = complete != nil || self.isWhole(record["changelog"])
            if !isComplete { run.note("the history of \(item.key) is incomplete: Jira sent its latest part only") }
            var changelogs: [Changelog] = []
            var seen: Set<String> = []
            for record in records {
                let changelog = page.taking("jira_changelog", "\(item.key) history \(record["id"].identifier ?? "?")") {
                    () throws(RecordProblem) in try JiraRecords.changelog(record, of: item.id, context.fields)
                }
                guard let changelog, seen.insert(changelog.id).inserted else { continue }
                changelogs.append(changelog)
                page.add(JiraRecords.user(record["author"]))
                // Histories that came with their issue stand in the issue's own record.
                if complete != nil { page.keep("jira_changelog", changelog.id, of: item.id, record) }
            }
            page.changelogs += JiraRecords.statusTimes(of: changelogs, createdAt: item.createdAt, isComplete: isComplete)
        }
    }

    /// The most that Jira sends at once.
    private static let historiesPerPage = 10_000

    private func isWhole(_ changelog: JSONValue) -> Bool {
        guard let histories = changelog["histories"].array else { return false }
        // Data Center embeds all there is.
        if self.isDataCenter { return true }
        // Without a total, few entries are surely all: Jira embeds at least forty.
        guard let total = changelog["total"].int else { return histories.count < 40 }
        return total <= histories.count
    }

    /// Complete histories by issue id, in bulk; one by one where the site cannot do that.
    private func fetchHistories(
        of issues: [String],
        _ context: IssueContext,
        unit: String,
        _ run: SyncRun
    ) async throws -> [String: [JSONValue]] {
        guard !issues.isEmpty else { return [:] }
        if !context.hasNoBulkHistories {
            do {
                return try await self.fetchInBulk(issues, unit: unit, run)
            } catch let error as ConnectorError where error.kind == .notFound {
                context.hasNoBulkHistories = true
            }
        }
        var histories: [String: [JSONValue]] = [:]
        for issue in issues {
            do {
                histories[issue] = try await self.fetchHistory(of: issue, unit: unit, run)
            } catch let error as ConnectorError where error.kind == .notFound {
                run.note("the history of issue \(issue) cannot be read: \(error.message)")
            }
        }
        return histories
    }

    private func fetchInBulk(_ issues: [String], unit: String, _ run: SyncRun) async throws -> [String: [JSONValue]] {
        var histories: [String: [JSONValue]] = [:]
        // Jira takes at most a thousand issues at once.
        for start in stride(from: 0, to: issues.count, by: 1_000) {
            let some = Array(issues[start..<min(start + 1_000, issues.count)])
            for issue in some { histories[issue] = [] }
            var token: String?
            var asked: Set<String> = []
            repeat {
                var members: [JSONValue.Member] = [
                    .init(name: "issueIdsOrKeys", value: JSONValue(some)),
                    .init(name: "maxResults", value: JSONValue(Self.historiesPerPage)),
                ]
                if let token { members.append(.init(name: "nextPageToken", value: .string(token))) }
                let url = run.client.url("/rest/api/3/changelog/bulkfetch")
                let answer = try await run.client.ask(url, .object(members), unit: unit)
                // Sorted by date before issue: one issue's history may be spread over several pages.
                guard let logs = answer.json["issueChangeLogs"].array else {
                    throw ConnectorError.changed("issueChangeLogs", of: url, unit: unit)
                }
                for log in logs {
                    guard let issue = log["issueId"].identifier else { continue }
                    histories[issue, default: []] += log["changeHistories"].array ?? []
                }
                token = answer.json["nextPageToken"].text
                if let token, !asked.insert(token).inserted { throw ConnectorError.circle(unit) }
            } while token != nil
        }
        return histories
    }

    private func fetchHistory(of issue: String, unit: String, _ run: SyncRun) async throws -> [JSONValue] {
        if self.isDataCenter {
            let url = run.client.url(
                "/rest/api/2/issue/\(SourceURL.encode(issue))",
                ["expand": "changelog", "fields": "updated"]
            )
            return try await run.client.get(url, unit: unit).json["changelog"]["histories"].array ?? []
        }
        var histories: [JSONValue] = []
        var repeated = RepeatedPages()
        for _ in 0..<10_000 {
            let url = run.client.url(
                "/rest/api/3/issue/\(SourceURL.encode(issue))/changelog",
                ["startAt": String(histories.count), "maxResults": "100"]
            )
            let answer = try await run.client.get(url, unit: unit)
            let values = try answer.list(unit: unit)
            try repeated.take(values, unit: unit)
            histories += values
            let isLast = answer.json["isLast"].bool ?? answer.json["total"].int.map { histories.count >= $0 } ?? true
            if isLast || values.isEmpty { return histories }
        }
        throw ConnectorError.circle(unit)
    }
}
