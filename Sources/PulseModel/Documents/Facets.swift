public import Foundation

/// What a search can filter by. Every facet is optional: a status has no author.
public struct Facets: Sendable, Equatable {
    /// The Jira project's key.
    public var project: String?
    /// `owner/name`.
    public var repository: String?
    /// Display name or login; never an e-mail address.
    public var author: String?
    public var status: String?
    public var updatedAt: Date?

    public init(
        project: String? = nil,
        repository: String? = nil,
        author: String? = nil,
        status: String? = nil,
        updatedAt: Date? = nil
    ) {
        self.project = project
        self.repository = repository
        self.author = author
        self.status = status
        self.updatedAt = updatedAt
    }
}
