public import Foundation

/// A commit of a pull request. One commit may sit in several of them, and has a row in each.
public struct Commit: Entity {
    public static let table = EntityTable.commits
    /// 2: a long first line is cut in the title.
    public static let documentVersion = 2

    /// The repository's numeric id; with ``number`` it names the pull request through any renaming.
    public var repositoryID: String
    /// The pull request's number.
    public var number: Int
    /// `owner/name`, as it was when fetched.
    public var repository: String
    public var sha: String
    public var message: String
    public var authorLogin: String?
    public var authorName: String?
    public var authorEmail: String?
    public var authoredAt: Date?
    public var committerName: String?
    public var committerEmail: String?
    public var committedAt: Date?
    public var url: String?

    public init(
        repositoryID: String,
        number: Int,
        repository: String,
        sha: String,
        message: String,
        authorLogin: String? = nil,
        authorName: String? = nil,
        authorEmail: String? = nil,
        authoredAt: Date? = nil,
        committerName: String? = nil,
        committerEmail: String? = nil,
        committedAt: Date? = nil,
        url: String? = nil
    ) {
        self.repositoryID = repositoryID
        self.number = number
        self.repository = repository
        self.sha = sha
        self.message = message
        self.authorLogin = authorLogin
        self.authorName = authorName
        self.authorEmail = authorEmail
        self.authoredAt = authoredAt
        self.committerName = committerName
        self.committerEmail = committerEmail
        self.committedAt = committedAt
        self.url = url
    }

    public var stableID: String { "\(self.repositoryID)#\(self.number)@\(self.sha)" }
    public var externalID: String { "\(self.repository)#\(self.number)@\(self.sha)" }

    public func document(in context: PullRequestContext) -> EntityDocument {
        let subject = self.message.split(separator: "\n", maxSplits: 1).first.map(String.init) ?? ""
        return EntityDocument(
            title: "\(self.sha.prefix(8)) \(subject)",
            url: self.url ?? context.url,
            parts: [
                .init("Commit message", self.message), .init("Author", self.authorName ?? self.authorLogin),
                .init("SHA", String(self.sha.prefix(8))), .init("Pull request", context.heading),
            ],
            facets: Facets(
                repository: context.repository,
                author: self.authorLogin ?? self.authorName,
                updatedAt: self.committedAt
            )
        )
    }
}
