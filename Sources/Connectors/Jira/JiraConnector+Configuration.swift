import Foundation
import PulseModel
import Store

extension JiraConnector {
    /// Which fields hold what on this site.
    func fields(_ run: SyncRun, unit: String) async throws -> JiraFields {
        do {
            let answer = try await run.client.get(run.client.url(self.api("field")), unit: unit)
            // Kept, so that issues can be read again without asking which field holds what.
            var page = IngestionPage(fetchedAt: run.clock.now())
            page.keep("jira_fields", "all", answer.json)
            try await run.write(page)
            return JiraFields(answer.json.array ?? [])
        } catch let error as ConnectorError where error.kind == .notFound || error.kind == .permission {
            run.note("custom fields (sprint, story points, epic link, development) are not read: \(error.message)")
            return JiraFields()
        }
    }

    /// Stores the chosen projects.
    ///
    /// An administrator sees projects whose issues the account may not read; Cloud leaves those out where asked for what may be browsed.
    ///
    /// - Returns: what the list holds of them; of a named one that it does not hold, what became of it.
    func projects(_ run: SyncRun, unit: String) async throws -> ListedProjects {
        var ids: Set<String> = []
        var keys: [String] = []
        try await self.projectPages(run, unit: unit) { records, fetchedAt in
            var page = IngestionPage(fetchedAt: fetchedAt)
            for (index, record) in records.enumerated() {
                if let key = record["key"].text {
                    if !self.definition.projects.isEmpty, !self.definition.projects.contains(key) { continue }
                    if !keys.contains(key) { keys.append(key) }
                }
                let project = page.taking("jira_project", record["key"].text ?? "item \(index + 1)") {
                    () throws(RecordProblem) in try JiraRecords.project(record, site: self.site)
                }
                guard let project, ids.insert(project.id).inserted else { continue }
                page.projects.append(project)
                page.keep("jira_project", project.id, record)
                page.add(JiraRecords.user(record["lead"]))
            }
            if !page.isEmpty { try await run.write(page) }
        }
        var listed = ListedProjects(ids: ids, keys: keys)
        for key in self.definition.projects where !keys.contains(key) {
            // Jira finds a project by the keys that it had before.
            if let now = try await self.presentKey(of: key, unit: unit, run), now != key {
                listed.renamed[key] = now
            } else {
                listed.absent.append(key)
                run.note("\(key) is not among the projects that the account sees: check the key and the account's access")
            }
        }
        return listed
    }

    /// - Returns: nil where no project that the account sees has the key, or ever had.
    func presentKey(of project: String, unit: String, _ run: SyncRun) async throws -> String? {
        do {
            let url = run.client.url(self.api("project/\(SourceURL.encode(project))"))
            return try await run.client.get(url, unit: unit).json["key"].text ?? project
        } catch let absence as ConnectorError where absence.kind == .notFound || absence.kind == .permission {
            return nil
        }
    }

    /// The keys of all projects that the account may browse, in the order of the list.
    func projectKeys(_ run: SyncRun, unit: String) async throws -> [String] {
        var keys: [String] = []
        try await self.projectPages(run, unit: unit) { records, _ in keys += records.compactMap { $0["key"].text } }
        return keys
    }

    private func projectPages(
        _ run: SyncRun,
        unit: String,
        _ take: ([JSONValue], Date) async throws -> Void
    ) async throws {
        try await self.pages(
            self.api(self.isDataCenter ? "project" : "project/search"),
            self.isDataCenter ? ["expand": "description,lead"] : ["expand": "description,lead", "action": "browse"],
            size: 50,
            unit: unit,
            run,
            take
        )
    }

    /// Stores issue types and statuses, from which the configuration tables are derived.
    ///
    /// - Returns: the ids of both.
    func configuration(_ run: SyncRun, unit: String) async throws -> (types: Set<String>, statuses: Set<String>) {
        var page = IngestionPage(fetchedAt: run.clock.now())
        let types = try await run.client.get(run.client.url(self.api("issuetype")), unit: unit).list(unit: unit)
        var typeIDs: Set<String> = []
        for (index, record) in types.enumerated() {
            let type = page.taking("jira_issue_type", record["id"].identifier ?? "item \(index + 1)") {
                () throws(RecordProblem) in try JiraRecords.type(record)
            }
            guard let type, typeIDs.insert(type.id).inserted else { continue }
            page.workItemTypes.append(type)
            page.keep("jira_issue_type", type.id, record)
        }
        var statusIDs: Set<String> = []
        for (index, record) in try await self.statuses(run, unit: unit).enumerated() {
            let status = page.taking("jira_status", record["id"].identifier ?? "item \(index + 1)") {
                () throws(RecordProblem) in try JiraRecords.status(record)
            }
            guard let status, statusIDs.insert(status.id).inserted else { continue }
            page.statuses.append(status)
            page.keep("jira_status", status.id, record)
        }
        page.workflowSteps = try await self.workflows(run, into: &page, unit: unit)
        page.derivesConfiguration = true
        // Tells a replay which of the kept records were the whole lists.
        page.keep(
            "jira_configuration",
            "all",
            JSONValue(["types": JSONValue(typeIDs.sorted()), "statuses": JSONValue(statusIDs.sorted())])
        )
        try await run.write(page)
        return (typeIDs, statusIDs)
    }

    /// All statuses, of team-managed projects too: the plain list, which any account may read; else the paged one.
    private func statuses(_ run: SyncRun, unit: String) async throws -> [JSONValue] {
        do {
            return try await run.client.get(run.client.url(self.api("status")), unit: unit).list(unit: unit)
        } catch let error as ConnectorError where error.kind == .notFound && !self.isDataCenter {
            var all: [JSONValue] = []
            try await self.pages("/rest/api/3/statuses/search", [:], size: 200, unit: unit, run) { records, _ in all += records }
            return all
        }
    }

    /// Pages by `startAt`, until the last.
    func pages(
        _ path: String,
        _ query: KeyValuePairs<String, String>,
        size: Int,
        unit: String,
        _ run: SyncRun,
        _ take: ([JSONValue], Date) async throws -> Void
    ) async throws {
        var start = 0
        var repeated = RepeatedPages()
        // A server that never says "last" and always sends something new ends here.
        for _ in 0..<10_000 {
            let fetchedAt = run.clock.now()
            var url = run.client.url(path, query)
            url.target += "\(url.target.contains("?") ? "&" : "?")startAt=\(start)&maxResults=\(size)"
            let answer = try await run.client.get(url, unit: unit)
            let records = try answer.list(unit: unit)
            try repeated.take(records, unit: unit)
            try await take(records, fetchedAt)
            start += records.count
            let isLast = answer.json["isLast"].bool ?? answer.json["total"].int.map { start >= $0 } ?? true
            if isLast || records.isEmpty { return }
        }
        throw ConnectorError.circle(unit)
    }
}

extension SourceClient.Answer {
    /// The records of a bare list, or of a page's `values`.
    func list(unit: String) throws(ConnectorError) -> [JSONValue] {
        guard let records = self.json.array ?? self.json["values"].array else {
            throw ConnectorError.changed("values", of: self.url, unit: unit)
        }
        return records
    }
}
