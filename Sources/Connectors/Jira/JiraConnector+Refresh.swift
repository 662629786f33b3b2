import Foundation
import PulseModel
import Store

extension JiraConnector {
    /// Jira answers so many issues by id at once.
    static let refreshPortion = 100

    /// Reads some issues with their histories anew, whatever the watermarks say: those that an event named, or that a sweep missed.
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
            var page = IngestionPage(fetchedAt: run.clock.now())
            let records = try await self.issues(some, context, unit: unit, run)
            try await self.take(records, context, into: &page, unit: unit, run)
            found.formUnion(page.workItems.map(\.id))
            if !page.isEmpty { try await run.write(page) }
        }
        return found
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
