import PulseModel
import Store

extension JiraConnector {
    /// Stores the people of the site, those that no issue names included.
    func users(_ run: SyncRun, unit: String) async throws {
        let size = 1_000
        var start = 0
        var repeated = RepeatedPages()
        var isRepeated = false
        // A page may be shorter than asked for although more follow; only an empty one is the last.
        for _ in 0..<1_000 {
            let fetchedAt = run.clock.now()
            let url =
                self.isDataCenter
                // A dot stands for everybody.
                ? run.client.url(
                    "/rest/api/2/user/search",
                    ["username": ".", "includeInactive": "true", "startAt": String(start), "maxResults": String(size)]
                )
                : run.client.url("/rest/api/3/users/search", ["startAt": String(start), "maxResults": String(size)])
            let records: [JSONValue]
            do {
                records = try await run.client.get(url, unit: unit).list(unit: unit)
            } catch let error as ConnectorError where error.kind == .notFound || error.kind == .permission {
                run.note("only the people that issues name are known: \(error.message)")
                return
            }
            if records.isEmpty {
                if isRepeated { run.note("the list of people ended with a page of those that were known; there may be more") }
                return
            }
            do {
                try repeated.take(records, unit: unit)
                isRepeated = false
            } catch {
                // Some servers look for all pages among the first so many people. Only one that goes on and on does so in a circle.
                if isRepeated { throw error }
                isRepeated = true
            }
            var page = IngestionPage(fetchedAt: fetchedAt)
            for record in records {
                guard let user = JiraRecords.user(record) else { continue }
                page.users.append(user)
                page.keep("jira_user", user.id, record)
            }
            if !page.users.isEmpty { try await run.write(page) }
            start += records.count
        }
        throw ConnectorError.circle(unit)
    }
}
