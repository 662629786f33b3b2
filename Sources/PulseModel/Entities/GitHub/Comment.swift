public import Foundation

/// A comment on a pull request: in its conversation, or on a line of its diff.
public struct Comment: Entity {
    public static let table = EntityTable.comments

    public enum Kind: String, Sendable, CaseIterable {
        /// Of the conversation; GitHub keeps those as issue comments.
        case issue
        /// On a line of the diff.
        case review
    }

    public var kind: Kind
    /// GitHub's numeric id; unique only within its kind.
    public var id: String
    /// The repository's numeric id; with ``number`` it names the pull request through any renaming.
    public var repositoryID: String
    /// The pull request's number.
    public var number: Int
    public var author: String?
    public var body: String
    public var path: String?
    public var line: Int?
    public var position: Int?
    /// The line comment that this one answers.
    public var inReplyTo: String?
    public var url: String?
    public var createdAt: Date?
    public var updatedAt: Date?

    public init(
        kind: Kind,
        id: String,
        repositoryID: String,
        number: Int,
        author: String?,
        body: String,
        path: String? = nil,
        line: Int? = nil,
        position: Int? = nil,
        inReplyTo: String? = nil,
        url: String? = nil,
        createdAt: Date?,
        updatedAt: Date?
    ) {
        self.kind = kind
        self.id = id
        self.repositoryID = repositoryID
        self.number = number
        self.author = author
        self.body = body
        self.path = path
        self.line = line
        self.position = position
        self.inReplyTo = inReplyTo
        self.url = url
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }

    public var stableID: String { "\(self.kind.rawValue):\(self.id)" }
    public var externalID: String { self.stableID }

    public func document(in context: PullRequestContext) -> EntityDocument {
        let place = self.path.map { path in self.line.map { "\(path):\($0)" } ?? path }
        return EntityDocument(
            title: "Comment on \(context.heading)",
            url: self.url ?? context.url,
            parts: [
                .init("Comment", self.body), .init("File", place), .init("Author", self.author),
                .init("Pull request", context.heading),
            ],
            facets: Facets(repository: context.repository, author: self.author, updatedAt: self.updatedAt)
        )
    }
}
