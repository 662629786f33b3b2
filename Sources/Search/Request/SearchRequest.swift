public import Foundation
public import PulseModel

/// A question to a tenant's Jira and GitHub.
public struct SearchRequest: Sendable, Equatable {
    public enum Mode: String, Sendable, CaseIterable, Codable {
        /// By meaning and by words.
        case hybrid
        /// By meaning only.
        case semantic
        /// By words only.
        case lexical
    }

    public enum Grouping: String, Sendable, CaseIterable, Codable {
        /// Chunks of one entity are one hit.
        case entity
        /// Each chunk is a hit.
        case none
    }

    /// Which entities may answer. An empty list lets all pass.
    public struct Filter: Sendable, Equatable {
        public var sources: [SourceKind]
        public var tables: [EntityTable]
        public var projects: [String]
        public var repositories: [String]
        public var authors: [String]
        public var statuses: [String]
        public var updatedFrom: Date?
        /// Exclusive.
        public var updatedTo: Date?

        public init(
            sources: [SourceKind] = [],
            tables: [EntityTable] = [],
            projects: [String] = [],
            repositories: [String] = [],
            authors: [String] = [],
            statuses: [String] = [],
            updatedFrom: Date? = nil,
            updatedTo: Date? = nil
        ) {
            self.sources = sources
            self.tables = tables
            self.projects = projects
            self.repositories = repositories
            self.authors = authors
            self.statuses = statuses
            self.updatedFrom = updatedFrom
            self.updatedTo = updatedTo
        }

        var isEmpty: Bool { self == Filter() }
    }

    public static let limits = 1...100
    /// Characters.
    public static let longestQuery = 4_000

    public var query: String
    public var limit: Int
    public var mode: Mode
    public var filter: Filter
    public var grouping: Grouping

    public init(
        query: String,
        limit: Int = 10,
        mode: Mode = .hybrid,
        filter: Filter = Filter(),
        grouping: Grouping = .entity
    ) {
        self.query = query
        self.limit = limit
        self.mode = mode
        self.filter = filter
        self.grouping = grouping
    }

    /// What is wrong with the request, for a person; nil where nothing is.
    public var fault: String? {
        if self.query.allSatisfy(\.isWhitespace) { return "query is empty: say what you look for" }
        if self.query.count > Self.longestQuery {
            return "query has \(self.query.count) characters; at most \(Self.longestQuery) are taken"
        }
        if !Self.limits.contains(self.limit) {
            return "limit is \(self.limit); it goes from \(Self.limits.lowerBound) to \(Self.limits.upperBound)"
        }
        return nil
    }
}
