public import Foundation

/// A GitHub repository.
public struct Repository: Entity {
    public static let table = EntityTable.repositories

    /// GitHub's numeric id.
    public var id: String
    public var name: String
    /// `owner/name`, as it is now.
    public var fullName: String
    public var details: String?
    public var url: String?
    public var isPrivate: Bool
    public var isArchived: Bool
    public var language: String?
    public var defaultBranch: String?
    public var topics: [String]
    public var createdAt: Date?
    public var updatedAt: Date?
    public var pushedAt: Date?

    public init(
        id: String,
        name: String,
        fullName: String,
        details: String? = nil,
        url: String? = nil,
        isPrivate: Bool = false,
        isArchived: Bool = false,
        language: String? = nil,
        defaultBranch: String? = nil,
        topics: [String] = [],
        createdAt: Date? = nil,
        updatedAt: Date? = nil,
        pushedAt: Date? = nil
    ) {
        self.id = id
        self.name = name
        self.fullName = fullName
        self.details = details
        self.url = url
        self.isPrivate = isPrivate
        self.isArchived = isArchived
        self.language = language
        self.defaultBranch = defaultBranch
        self.topics = topics
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.pushedAt = pushedAt
    }

    public var stableID: String { self.id }
    public var externalID: String { self.id }

    public func document(in context: NoContext) -> EntityDocument {
        EntityDocument(
            title: self.fullName,
            url: self.url,
            parts: [
                .init("Repository", self.fullName), .init("Description", self.details), .init("Language", self.language),
                .init("Topics", self.topics.joined(separator: ", ")), .init("Archived", self.isArchived ? "yes" : nil),
            ],
            facets: Facets(repository: self.fullName, updatedAt: self.updatedAt)
        )
    }
}
