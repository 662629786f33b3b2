import Foundation

/// The body of `POST /api/v1/search`.
extension SearchFields: Decodable {
    private enum Members: String, CodingKey, CaseIterable {
        case query, limit, mode, filter, group
    }

    private struct Filter: Decodable {
        enum Members: String, CodingKey, CaseIterable {
            case sources, tables, projects, repositories, authors, statuses, updated
        }

        var sources: [String]
        var tables: [String]
        var projects: [String]
        var repositories: [String]
        var authors: [String]
        var statuses: [String]
        var updated: Span?

        init(from decoder: any Decoder) throws {
            try decoder.refuseMembers(besides: Members.self)
            let container = try decoder.container(keyedBy: Members.self)
            func list(_ key: Members) throws -> [String] { try container.decodeIfPresent([String].self, forKey: key) ?? [] }
            self.sources = try list(.sources)
            self.tables = try list(.tables)
            self.projects = try list(.projects)
            self.repositories = try list(.repositories)
            self.authors = try list(.authors)
            self.statuses = try list(.statuses)
            self.updated = try container.decodeIfPresent(Span.self, forKey: .updated)
        }
    }

    private struct Span: Decodable {
        enum Members: String, CodingKey, CaseIterable {
            case from, to
        }

        var from: String?
        var to: String?

        init(from decoder: any Decoder) throws {
            try decoder.refuseMembers(besides: Members.self)
            let container = try decoder.container(keyedBy: Members.self)
            self.from = try container.decodeIfPresent(String.self, forKey: .from)
            self.to = try container.decodeIfPresent(String.self, forKey: .to)
        }
    }

    init(from decoder: any Decoder) throws {
        try decoder.refuseMembers(besides: Members.self)
        let container = try decoder.container(keyedBy: Members.self)
        self.init()
        self.query = try container.decodeIfPresent(String.self, forKey: .query)
        do {
            self.limit = try container.decodeIfPresent(Int.self, forKey: .limit)
        } catch {
            // Of a number with a fraction Foundation does not say where it stands.
            throw Problem.invalid("limit", "it is no whole number", allowed: "give a number from 1 to 100")
        }
        self.mode = try container.decodeIfPresent(String.self, forKey: .mode)
        self.group = try container.decodeIfPresent(String.self, forKey: .group)
        guard let filter = try container.decodeIfPresent(Filter.self, forKey: .filter) else { return }
        self.sources = filter.sources
        self.tables = filter.tables
        self.projects = filter.projects
        self.repositories = filter.repositories
        self.authors = filter.authors
        self.statuses = filter.statuses
        self.from = filter.updated?.from
        self.to = filter.updated?.to
    }
}

/// The query of `GET /api/v1/search`. Filters may be repeated.
extension SearchFields {
    static let queryNames = Names(
        query: "q",
        sources: "source",
        tables: "table",
        projects: "project",
        repositories: "repository",
        authors: "author",
        statuses: "status",
        from: "from",
        to: "to"
    )

    init(query text: String?) throws(Problem) {
        let names = Self.queryNames
        let parameters = try QueryParameters(
            text,
            known: [
                "q", "limit", "mode", "group", names.sources, names.tables, names.projects, names.repositories, names.authors,
                names.statuses, names.from, names.to,
            ]
        )
        self.init()
        self.query = try parameters.one("q")
        if let limit = try parameters.one("limit") {
            guard let number = Int(limit) else {
                throw Problem.invalid(
                    "limit",
                    "\(limit.prefix(100)) is no whole number",
                    allowed: "give a whole number from 1 to 100"
                )
            }
            self.limit = number
        }
        self.mode = try parameters.one("mode")
        self.group = try parameters.one("group")
        self.sources = parameters.all(names.sources)
        self.tables = parameters.all(names.tables)
        self.projects = parameters.all(names.projects)
        self.repositories = parameters.all(names.repositories)
        self.authors = parameters.all(names.authors)
        self.statuses = parameters.all(names.statuses)
        self.from = try parameters.one(names.from)
        self.to = try parameters.one(names.to)
    }
}
