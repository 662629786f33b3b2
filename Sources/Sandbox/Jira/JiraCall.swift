import Hummingbird

/// What a handler needs of one request to the played Jira.
struct JiraCall: Sendable {
    let base: String
    let path: String
    let query: Query
    let body: JSONValue

    init(_ request: Request, body: JSONValue) {
        base = request.base(JiraRoutes.prefix)
        path = String(request.uri.path.dropFirst(JiraRoutes.prefix.count + 1))
        query = request.query
        self.body = body
    }

    /// A page by `startAt` and `maxResults`, in the envelope of Jira's lists.
    func page<Element>(_ elements: [Element], size: Int, most: Int, render: (Element) -> JSONValue) -> Reply {
        let start = min(max(0, query.int("startAt") ?? 0), elements.count)
        let size = min(most, max(1, query.int("maxResults") ?? size))
        let end = min(elements.count, start + size)
        func url(_ start: Int) -> JSONValue {
            var query = query
            query["startAt"] = String(start)
            query["maxResults"] = String(size)
            return .string(base + path + "?" + query.text)
        }
        var json: JSONValue = [
            "self": url(start), "maxResults": .int(size), "startAt": .int(start), "total": .int(elements.count),
            "isLast": .bool(end == elements.count), "values": .array(elements[start..<end].map(render)),
        ]
        if end < elements.count { json["nextPage"] = url(end) }
        return .json(json)
    }

    static func failure(_ status: Int, _ message: String) -> Reply {
        .json(["errorMessages": [.string(message)], "errors": [:]], status: status)
    }

    static let issueNotFound = failure(404, "Issue does not exist or you do not have permission to see it.")
}
