extension JiraRoutes {
    /// GET with a query or POST with a body of the same names; lists are comma strings in the one and arrays in the other.
    func search(_ call: JiraCall, _ world: JiraWorld) -> Reply {
        state.strikeJiraChurn()
        let world = state.read { $0.jira }
        let text = call.query["jql"] ?? call.body["jql"]?.stringValue ?? ""
        let fields =
            call.query["fields"].map(Self.list) ?? call.body["fields"]?.arrayValue?.compactMap(\.stringValue)
        let expand = Self.list(call.query["expand"] ?? call.body["expand"]?.stringValue ?? "")
        let asked = call.query.int("maxResults") ?? call.body["maxResults"]?.intValue ?? 50
        let isLight = fields.map { Set($0).isSubset(of: ["id", "key"]) } ?? true
        let size = min(isLight && expand.isEmpty ? 5000 : 100, max(1, asked))
        let hash = Self.hash(text) &+ state.read { $0.jiraTokenEpoch }

        do throws(SandboxError) {
            let jql = try JQL(text)
            let matches = try jql.filter(in: world)
            let order = jql.order.isEmpty ? [JQL.Order(field: .created, descending: true)] : jql.order
            let indices = state.order(
                "issues \(world.revision) \(order)",
                of: world.issues,
                key: { SearchPosition($0, order: order, queryHash: hash) },
                by: { $0.precedes($1, order: order) }
            )
            var start = 0
            if let token = call.query["nextPageToken"] ?? call.body["nextPageToken"]?.stringValue {
                guard let position = SearchPosition(token: token), position.queryHash == hash,
                    position.values.count == order.count + 1
                else { return JiraCall.failure(400, "The nextPageToken is invalid or was issued for another query.") }
                start = indices.partitioningIndex { index in
                    position.precedes(SearchPosition(world.issues[index], order: order, queryHash: 0), order: order)
                }
            }
            var found: [JiraWorld.Issue] = []
            for index in indices[start...] where matches(world.issues[index]) {
                found.append(world.issues[index])
                if found.count > size { break }
            }
            let page = found.prefix(size)
            let rendering = IssueRendering(fields: fields, expand: expand)
            var json: JSONValue = [
                "issues": .array(page.map { rendering.json($0) }), "isLast": .bool(found.count <= size),
            ]
            if found.count > size, let last = page.last {
                json["nextPageToken"] = .string(SearchPosition(last, order: order, queryHash: hash).token)
            }
            return .json(json)
        } catch {
            return JiraCall.failure(400, error.description)
        }
    }

    /// Histories of many issues, sorted by date, then issue: one issue's may be split over pages.
    func changelogs(_ call: JiraCall, _ world: JiraWorld) -> Reply {
        let names = call.body["issueIdsOrKeys"]?.arrayValue?.compactMap { $0.stringValue ?? $0.intValue.map(String.init) } ?? []
        guard (1...1000).contains(names.count) else { return JiraCall.failure(400, "Name 1 to 1000 issueIdsOrKeys.") }
        let wanted = call.body["fieldIds"]?.arrayValue.map { Set($0.compactMap(\.stringValue)) }
        guard (wanted?.count ?? 0) <= 10 else { return JiraCall.failure(400, "Name at most 10 fieldIds.") }
        let size = min(10_000, max(1, call.body["maxResults"]?.intValue ?? 1000))
        let start = call.body["nextPageToken"]?.stringValue.flatMap { Int($0, radix: 36) } ?? 0

        let set = Set(names)
        var entries: [(created: Instant, issue: Int, history: JSONValue)] = []
        for issue in world.issues where set.contains(issue.key) || set.contains(String(issue.id)) {
            for history in issue.allHistories() {
                var history = history
                if let wanted, !wanted.isEmpty {
                    let items = (history["items"]?.arrayValue ?? []).filter { item in
                        wanted.contains(item["fieldId"]?.stringValue ?? item["field"]?.stringValue ?? "")
                    }
                    if items.isEmpty { continue }
                    history["items"] = .array(items)
                }
                let created = history["created"]?.stringValue.flatMap { Instant($0) } ?? Instant(milliseconds: 0)
                if world.bulkDatesAreNumbers { history["created"] = .int64(created.milliseconds) }
                entries.append((created, issue.id, history))
            }
        }
        entries.sort { ($0.created, $0.issue) < ($1.created, $1.issue) }

        let end = min(entries.count, start + size)
        var groups: [(issue: Int, histories: [JSONValue])] = []
        for entry in entries[min(start, end)..<end] {
            if let index = groups.firstIndex(where: { $0.issue == entry.issue }) {
                groups[index].histories.append(entry.history)
            } else {
                groups.append((entry.issue, [entry.history]))
            }
        }
        var json: JSONValue = [
            "issueChangeLogs": .array(
                groups.map { ["issueId": .string(String($0.issue)), "changeHistories": .array($0.histories)] }
            )
        ]
        if end < entries.count { json["nextPageToken"] = .string(String(end, radix: 36)) }
        return .json(json)
    }

    private static func hash(_ text: String) -> UInt64 {
        text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}

extension [Int] {
    /// The first position whose element satisfies a predicate that all after it satisfy too.
    func partitioningIndex(where predicate: (Int) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if predicate(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
