import Foundation
import PulseModel
import Store

/// Deletions that no event has told, and issues that were moved out of sight: ids that Jira no longer lists. Issues that have
/// come into sight: ids that it lists although they count as deleted, or were never read.
extension JiraConnector {
    /// Of all issues at once, thousands of ids a page. One that is missing is asked for by its id: it is gone, or it was moved to a
    /// project that the integration does not read, and is then kept under its new key.
    ///
    /// Of a named project that is out of sight all issues would seem gone: it is left out, and that is a failure, for a person to see.
    func sweep(of projects: ListedProjects, _ context: IssueContext, isForced: Bool, _ run: SyncRun) async throws {
        guard self.definition.sweepHours > 0 || isForced, run.canSweep else { return }
        let unit = "sweep:issues"
        let readsAll = self.definition.projects.isEmpty
        _ = try await run.unit(unit) {
            if readsAll || !projects.keys.isEmpty {
                try await run.sweep(
                    SweepUnit(name: "work_items", table: .workItems, chosen: readsAll ? nil : projects.ids.sorted()),
                    every: TimeInterval(self.definition.sweepHours) * 3_600,
                    isForced: isForced
                ) { cursor in
                    try await self.issueIDs(of: readsAll ? nil : projects.keys, cursor, unit: unit, run)
                } isGone: { suspect in
                    let isThere = try await !self.reread([suspect.stableID], context, unit: unit, run).isEmpty
                    return isThere ? false : try await self.isGone(suspect.stableID, unit: unit, run)
                } readBack: { returned in
                    _ = try await self.reread(returned.map(\.stableID), context, unit: unit, run)
                }
            }
            guard projects.absent.isEmpty else {
                throw ConnectorError(
                    .configuration,
                    unit: unit,
                    message:
                        "what was deleted of \(projects.absent.joined(separator: ", ")) is not looked for, since the account sees no "
                        + "such project: check the keys in `projects` and the account's access"
                )
            }
        }
    }

    /// - Parameter projects: keys of the chosen ones; nil lists all that the account sees.
    private func issueIDs(of projects: [String]?, _ cursor: String?, unit: String, _ run: SyncRun) async throws -> SweepPage {
        let keys = projects.map { "project in (\($0.map { "\"\($0)\"" }.joined(separator: ", "))) AND " } ?? ""
        var members: [JSONValue.Member] = [
            .init(name: "jql", value: .string("\(keys)created >= 946684800000 ORDER BY created ASC")),
            .init(name: "maxResults", value: JSONValue(self.isDataCenter ? 1_000 : 5_000)),
            .init(name: "fields", value: JSONValue(["id"])),
        ]
        if self.isDataCenter {
            members.append(.init(name: "startAt", value: JSONValue(cursor.flatMap { Int($0) } ?? 0)))
        } else if let cursor {
            members.append(.init(name: "nextPageToken", value: .string(cursor)))
        }
        let url = run.client.url(self.api(self.isDataCenter ? "search" : "search/jql"))
        let answer = try await run.client.ask(url, .object(members), unit: unit).json
        guard let issues = answer["issues"].array else { throw ConnectorError.changed("issues", of: url, unit: unit) }
        let ids = issues.compactMap { $0["id"].identifier }
        guard self.isDataCenter else {
            return SweepPage(ids: ids, next: answer["isLast"].bool == true ? nil : answer["nextPageToken"].text)
        }
        let end = (answer["startAt"].count ?? 0) + issues.count
        return SweepPage(ids: ids, next: !issues.isEmpty && end < answer["total"].int ?? 0 ? String(end) : nil)
    }

    /// A list that this synchronization has read whole.
    struct SweptList {
        /// As `sweep:statuses`.
        var unit: String
        var table: SweptTable
        var ids: Set<String>
        /// See ``SweepUnit/chosen``.
        var chosen: [String]?
        /// Where one of them answers, without its id.
        var path: String
    }

    /// What was read whole; lists that could not be read judge nothing.
    func lists(projects: Set<String>?, types: Set<String>?, statuses: Set<String>?, _ boards: Boards?) -> [SweptList] {
        let chosen = self.definition.projects.isEmpty ? nil : self.definition.projects
        let all: [(String, SweptTable, Set<String>?, [String]?, String)] = [
            ("projects", .entities(.projects), projects, chosen, self.api("project")),
            ("issue-types", .entities(.wits), types, nil, self.api("issuetype")),
            ("statuses", .entities(.statuses), statuses, nil, self.api("status")),
            ("boards", .boards, boards?.listed, nil, "/rest/agile/1.0/board"),
            ("sprints", .sprints, boards?.sprints, chosen, "/rest/agile/1.0/sprint"),
        ]
        return all.compactMap { name, table, ids, chosen, path in
            ids.map { SweptList(unit: "sweep:\(name)", table: table, ids: $0, chosen: chosen, path: path) }
        }
    }

    /// Finds what a list no longer holds. A status that no workflow and no issue uses any more counts as gone.
    ///
    /// Not inlined: Swift 6.3.1's optimizer fails where the closures of this come into the loop over the lists.
    @inline(never)
    func sweep(_ list: SweptList, isForced: Bool, _ run: SyncRun) async throws {
        guard self.definition.sweepHours > 0 || isForced, run.canSweep else { return }
        let (unit, path) = (list.unit, list.path)
        let swept = SweepUnit(name: String(unit.dropFirst("sweep:".count)), list: list.table, chosen: list.chosen)
        let (ids, interval) = (list.ids, TimeInterval(self.definition.sweepHours) * 3_600)
        _ = try await run.unit(unit) {
            try await run.sweep(swept, listed: ids, every: interval, isForced: isForced) { id in
                try await self.isAbsent("\(path)/\(SourceURL.encode(id))", unit: unit, run)
            }
        }
    }

    private func isAbsent(_ path: String, unit: String, _ run: SyncRun) async throws -> Bool {
        do {
            _ = try await run.client.get(run.client.url(path), unit: unit)
            return false
        } catch let error as ConnectorError where error.status == 404 || error.status == 410 {
            return true
        } catch let error as ConnectorError where error.kind == .permission {
            return false
        }
    }

    private func isGone(_ id: String, unit: String, _ run: SyncRun) async throws -> Bool {
        do {
            _ = try await run.client.get(
                run.client.url(self.api("issue/\(SourceURL.encode(id))"), ["fields": "updated"]),
                unit: unit
            )
            return false
        } catch let error as ConnectorError where error.status == 404 || error.status == 410 {
            return true
        }
    }
}
