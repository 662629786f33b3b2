import Foundation
import PulseModel
import Search

/// A search as the client wrote it, before its words are understood.
struct SearchFields: Sendable, Equatable {
    var query: String?
    var limit: Int?
    var mode: String?
    var group: String?
    var sources: [String] = []
    var tables: [String] = []
    var projects: [String] = []
    var repositories: [String] = []
    var authors: [String] = []
    var statuses: [String] = []
    var from: String?
    var to: String?

    /// Values of one filter.
    static let mostValues = 100
    /// Characters of one value.
    static let longestValue = 500

    /// What the fields are called where they came from, for messages.
    struct Names: Sendable {
        var query = "query"
        var sources = "filter.sources"
        var tables = "filter.tables"
        var projects = "filter.projects"
        var repositories = "filter.repositories"
        var authors = "filter.authors"
        var statuses = "filter.statuses"
        var from = "filter.updated.from"
        var to = "filter.updated.to"
    }

    func request(names: Names) throws(Problem) -> SearchRequest {
        guard let query = self.query else {
            throw Problem.invalid(names.query, "it is missing", allowed: "say what you look for")
        }
        try Self.check([query], names.query, longest: SearchRequest.longestQuery)
        let request = SearchRequest(
            query: query,
            limit: self.limit ?? 10,
            mode: try Self.choice(self.mode, "mode") ?? .hybrid,
            filter: SearchRequest.Filter(
                sources: try Self.choices(self.sources, names.sources),
                tables: try Self.choices(self.tables, names.tables),
                projects: try Self.check(self.projects, names.projects),
                repositories: try Self.check(self.repositories, names.repositories),
                authors: try Self.check(self.authors, names.authors),
                statuses: try Self.check(self.statuses, names.statuses),
                updatedFrom: try Self.instant(self.from, names.from),
                updatedTo: try Self.instant(self.to, names.to)
            ),
            grouping: try Self.choice(self.group, "group") ?? .entity
        )
        if let from = request.filter.updatedFrom, let to = request.filter.updatedTo, from >= to {
            throw Problem.unprocessable(names.to, "it is not after \(names.from)", allowed: "give a later end; it is exclusive")
        }
        if let fault = request.fault {
            throw Problem.invalid(
                SearchRequest.limits.contains(request.limit) ? names.query : "limit",
                fault,
                allowed: "query: 1 to \(SearchRequest.longestQuery) characters; limit: \(SearchRequest.limits.lowerBound) to "
                    + "\(SearchRequest.limits.upperBound)"
            )
        }
        return request
    }

    // MARK: Words

    private static func choice<T: RawRepresentable & CaseIterable>(_ text: String?, _ name: String) throws(Problem) -> T?
    where T.RawValue == String {
        guard let text else { return nil }
        guard let value = T(rawValue: text) else {
            throw Problem.invalid(
                name,
                "there is no \(text.prefix(100))",
                allowed: "use " + T.allCases.map(\.rawValue).joined(separator: ", ")
            )
        }
        return value
    }

    private static func choices<T: RawRepresentable & CaseIterable>(_ texts: [String], _ name: String) throws(Problem) -> [T]
    where T.RawValue == String {
        var values: [T] = []
        for text in try self.check(texts, name) {
            if let value: T = try self.choice(text, name) { values.append(value) }
        }
        return values
    }

    @discardableResult
    private static func check(_ texts: [String], _ name: String, longest: Int = Self.longestValue) throws(Problem) -> [String] {
        guard texts.count <= Self.mostValues else {
            throw Problem.invalid(name, "it has \(texts.count) values", allowed: "give at most \(Self.mostValues)")
        }
        for text in texts {
            guard text.unicodeScalars.count <= longest * 4, text.count <= longest else {
                throw Problem.invalid(name, "a value is too long", allowed: "give at most \(longest) characters")
            }
            guard !text.utf8.contains(0) else {
                throw Problem.invalid(name, "it holds a NUL character", allowed: "leave it out")
            }
            guard !text.allSatisfy(\.isWhitespace) else {
                throw Problem.invalid(name, "it is empty", allowed: "give a value, or leave the field out")
            }
        }
        return texts
    }

    private static func instant(_ text: String?, _ name: String) throws(Problem) -> Date? {
        guard let text else { return nil }
        guard let date = InstantText.parse(text) else {
            guard InstantText.hasShape(text) else {
                throw Problem.invalid(name, "\(text.prefix(100)) is no date", allowed: InstantText.allowed)
            }
            throw Problem.unprocessable(name, "\(text.prefix(100)) is no date", allowed: InstantText.allowed)
        }
        return date
    }
}
