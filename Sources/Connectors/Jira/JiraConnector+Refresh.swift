import Foundation
import PulseModel
import Store

extension JiraConnector {
    /// Jira answers so many issues by id at once.
    static let refreshPortion = 100

    /// Reads some issues with their histories anew, whatever the watermarks say: those that an event named.
    ///
    /// - Parameter ids: numeric ids or keys.
    /// - Returns: the ids of the issues that are there. An issue that was moved is among them, under its new key.
    /// - Throws: ``ConnectorError``; an error of the store.
    @discardableResult
    public func refresh(issues ids: [String]) async throws -> Set<String> {
        let run = self.run { _ in }
        let unit = "refresh"
        var fields = try await self.fields(run, unit: unit)
        fields.storyPoints += try await self.knownEstimates(fields, run, unit: unit)
        fields.additional = self.definition.fields
        fields.isWikiText = self.isDataCenter
        let context = IssueContext(fields: fields, projects: nil, configuration: nil)
        context.hasNoBulkHistories = self.isDataCenter
        var found: Set<String> = []
        for start in stride(from: 0, to: ids.count, by: Self.refreshPortion) {
            let some = Array(ids[start..<min(start + Self.refreshPortion, ids.count)])
            found.formUnion(try await self.reread(some, context, unit: unit, run))
        }
        return found
    }

    /// Reads some issues by id and writes them, one page.
    ///
    /// - Returns: the ids of those that are there.
    func reread(_ ids: [String], _ context: IssueContext, unit: String, _ run: SyncRun) async throws -> Set<String> {
        var page = IngestionPage(fetchedAt: run.clock.now())
        let records = try await self.issues(ids, context, unit: unit, run)
        try await self.take(self.wanted(of: records, run), context, into: &page, unit: unit, run)
        if !page.isEmpty { try await run.write(page) }
        return Set(records.compactMap { $0["id"].identifier })
    }

    /// Without those of projects that the integration does not read: events of worklogs and links do not say whose they are.
    /// One that stands was moved there, and is followed.
    private func wanted(of records: [JSONValue], _ run: SyncRun) async throws -> [JSONValue] {
        guard !self.definition.projects.isEmpty else { return records }
        let named = Set(self.definition.projects)
        func isNamed(_ record: JSONValue) -> Bool { record["fields"]["project"]["key"].text.map(named.contains) ?? true }
        let standing = try await run.standingIssues(records.filter { !isNamed($0) }.compactMap { $0["id"].identifier })
        return records.filter { record in isNamed(record) || record["id"].identifier.map(standing.contains) ?? true }
    }

    /// Issues by id or key; those that are not there, or not for this account, are left out.
    func issues(_ ids: [String], _ context: IssueContext, unit: String, _ run: SyncRun) async throws -> [JSONValue] {
        if self.isDataCenter {
            var records: [JSONValue] = []
            for id in ids {
                let url = run.client.url("/rest/api/2/issue/\(SourceURL.encode(id))", ["expand": "changelog"])
                do {
                    records.append(try await run.client.get(url, unit: unit).json)
                } catch let error as ConnectorError where error.kind == .notFound {
                    continue
                }
            }
            return records
        }
        let url = run.client.url("/rest/api/3/issue/bulkfetch")
        let answer = try await run.client.ask(
            url,
            .object([
                .init(name: "issueIdsOrKeys", value: JSONValue(ids)),
                .init(name: "fields", value: JSONValue(context.fields.requested())),
                .init(name: "expand", value: JSONValue(["changelog"])),
            ]),
            unit: unit
        )
        guard let records = answer.json["issues"].array else { throw ConnectorError.changed("issues", of: url, unit: unit) }
        return records
    }
}
