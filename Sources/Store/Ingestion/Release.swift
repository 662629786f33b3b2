public import Foundation

/// A release of a repository.
public struct Release: Sendable, Equatable {
    public var id: String
    public var repositoryID: String
    public var tag: String
    public var name: String?
    public var body: String?
    public var author: String?
    /// The branch or commit that was tagged.
    public var target: String?
    public var url: String?
    public var isDraft: Bool
    public var isPrerelease: Bool
    public var createdAt: Date?
    public var publishedAt: Date?

    public init(
        id: String,
        repositoryID: String,
        tag: String,
        name: String? = nil,
        body: String? = nil,
        author: String? = nil,
        target: String? = nil,
        url: String? = nil,
        isDraft: Bool = false,
        isPrerelease: Bool = false,
        createdAt: Date? = nil,
        publishedAt: Date? = nil
    ) {
        self.id = id
        self.repositoryID = repositoryID
        self.tag = tag
        self.name = name
        self.body = body
        self.author = author
        self.target = target
        self.url = url
        self.isDraft = isDraft
        self.isPrerelease = isPrerelease
        self.createdAt = createdAt
        self.publishedAt = publishedAt
    }
}
