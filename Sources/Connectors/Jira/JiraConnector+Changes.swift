import Foundation
import PulseModel
import Store

/// Which projects of a big site have changed: one question over all instead of one for each of thousands that have not.
extension JiraConnector {
    /// Where there are fewer, each is asked for itself.
    static let fewestSurveyed = 20
    /// Where more is new, each project is asked for itself.
    private static let mostSurveyPages = 20

    /// What a site shows of its changes.
    struct Survey {
        /// The newest update that was seen; nil where there is no issue.
        var newest: Date?
        /// Keys of projects that need not be asked: the last sync read all of them up to an update, and nothing has changed since.
        var unchanged: Set<String>
    }

    /// Asks for all that was updated since the last survey, less the overlap: an issue that the search showed late is found as long as
    /// it was not later than that. A project counts as unchanged only where the last sync has covered it and its unit still says so.
    ///
    /// The least of the projects' own watermarks would reach back to when the quietest one came to rest, so the survey has one.
    ///
    /// - Parameter keys: of all projects that are listed now.
    func survey(_ keys: [String], unit: String, _ run: SyncRun) async throws -> Survey {
        let kept = try await run.kept("jira_survey", "all")
        // An issue that says it was updated in days to come must not hide the changes until then.
        let now = run.clock.now()
        guard let last = kept?["newest"].int.map(SourceDate.date(milliseconds:)) else {
            // What is read from here on covers all up to the newest update that there is now.
            let jql = "created >= 946684800000 ORDER BY updated DESC"
            let answer = try await self.ask(self.brief(jql, token: nil), unit: unit, run)
            return Survey(newest: Self.newest(in: answer).map { min($0, now) }, unchanged: [])
        }
        var since: Date? = last.addingTimeInterval(-Self.overlap)
        var newest = last
        var changed: Set<String> = []
        var token: String?
        for _ in 0..<Self.mostSurveyPages {
            let bound = since.map(SourceDate.milliseconds) ?? 0
            let answer = try await self.ask(
                self.brief("updated >= \(bound) ORDER BY updated ASC", token: token),
                unit: unit,
                run
            )
            changed.formUnion((answer["issues"].array ?? []).compactMap { $0["fields"]["project"]["key"].text })
            newest = max(newest, min(Self.newest(in: answer) ?? newest, now))
            if self.isDataCenter {
                (since, token) = Self.next(after: answer, since: since, newest: Self.newest(in: answer))
            } else {
                token = answer["isLast"].bool == true ? nil : answer["nextPageToken"].text
            }
            if token == nil { break }
        }
        guard token == nil else { return Survey(newest: newest, unchanged: []) }
        let complete = try await run.completeUnits(IssueScope.prefix)
        let covered = (kept?["projects"].array ?? []).compactMap(\.text).filter {
            complete.contains(IssueScope.project($0).unit)
        }
        let unchanged = Set(covered).intersection(keys).subtracting(changed)
        try await self.confirm(unchanged, unit: unit, run)
        return Survey(newest: newest, unchanged: unchanged)
    }

    /// Projects of which nothing is new need not be asked to count as read.
    private func confirm(_ projects: Set<String>, unit: String, _ run: SyncRun) async throws {
        var page = IngestionPage(fetchedAt: run.clock.now())
        page.unchangedUnits = projects.map { IssueScope.project($0).unit }.sorted()
        page.checkpoint = Checkpoint(unit: unit, cursor: nil, watermark: nil)
        try await run.write(page)
    }

    /// Remembers up to where all was read, once it has been.
    ///
    /// - Parameter projects: keys of those that were read, or had not changed.
    func keep(_ newest: Date, of projects: Set<String>, _ run: SyncRun) async throws {
        let survey = JSONValue([
            "newest": JSONValue(SourceDate.milliseconds(of: newest)), "projects": JSONValue(projects.sorted()),
        ])
        guard try await run.kept("jira_survey", "all") != survey else { return }
        var page = IngestionPage(fetchedAt: run.clock.now())
        page.keep("jira_survey", "all", survey)
        try await run.write(page)
    }

    private func ask(_ question: JSONValue, unit: String, _ run: SyncRun) async throws -> JSONValue {
        let url = run.client.url(self.api(self.isDataCenter ? "search" : "search/jql"))
        let answer = try await run.client.ask(url, question, unit: unit).json
        guard answer["issues"].array != nil else { throw ConnectorError.changed("issues", of: url, unit: unit) }
        return answer
    }

    private static func newest(in answer: JSONValue) -> Date? {
        (answer["issues"].array ?? []).compactMap { $0["fields"]["updated"].date }.max()
    }
}
