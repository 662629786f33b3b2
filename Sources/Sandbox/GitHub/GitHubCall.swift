import Hummingbird

/// What a handler needs of one request to the played GitHub.
struct GitHubCall: Sendable {
    let base: String
    /// The path after the base.
    let path: String
    let query: Query
    /// The API version that the client asks for, 2022-11-28 where it asks for none.
    let version: String
    /// Who asks, as the authorization header says.
    let token: String

    init(_ request: Request) {
        base = request.base(GitHubRoutes.prefix)
        path = String(request.uri.path.dropFirst(GitHubRoutes.prefix.count + 1))
        query = request.query
        token = request.headers.value("authorization") ?? ""
        version = request.headers.value("x-github-api-version") ?? "2022-11-28"
    }

    /// One page of a list, with the links to its neighbours that GitHub sends.
    ///
    /// - Parameters:
    ///   - linkPath: the path of those links where it differs from the request's.
    ///   - render: makes an element's object; it is called for the page's elements only.
    func page<Element>(_ elements: [Element], linkPath: String? = nil, render: (Element) -> JSONValue) -> Reply {
        let size = min(100, max(1, query.int("per_page") ?? 30))
        let page = max(1, query.int("page") ?? 1)
        let last = max(1, (elements.count + size - 1) / size)
        let start = min(elements.count, (page - 1) * size)
        let end = min(elements.count, start + size)
        var reply = Reply.json(.array(elements[start..<end].map(render)))
        var links: [String] = []
        func link(_ number: Int, _ relation: String) {
            var query = query
            query["page"] = String(number)
            links.append("<\(base)\(linkPath ?? path)?\(query.text)>; rel=\"\(relation)\"")
        }
        if page > 1 { link(page - 1, "prev") }
        if page < last {
            link(page + 1, "next")
            link(last, "last")
        }
        if page > 1 { link(1, "first") }
        if !links.isEmpty { reply.headers.append(("link", links.joined(separator: ", "))) }
        return reply
    }

    func page(_ elements: [JSONValue]) -> Reply {
        page(elements) { $0 }
    }

    /// The answer for a renamed repository.
    func moved(from old: String, to new: String) -> Reply {
        let rest = path.dropFirst("/repos/".count + old.utf8.count)
        let url = base + "/repos/" + new + rest + (query.pairs.isEmpty ? "" : "?" + query.text)
        var reply = Self.failure(301, "Moved Permanently")
        reply.json?["url"] = .string(url)
        reply.headers.append(("location", url))
        return reply
    }

    static let notFound = failure(404, "Not Found")

    static func failure(_ status: Int, _ message: String) -> Reply {
        .json(
            [
                "message": .string(message), "documentation_url": "https://docs.github.com/rest",
                "status": .string(String(status)),
            ],
            status: status
        )
    }
}
