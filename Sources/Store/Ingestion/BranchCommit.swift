public import Foundation

/// A commit of a repository's default branch.
public struct BranchCommit: Sendable, Equatable {
    public var repositoryID: String
    public var branch: String
    public var sha: String
    public var message: String
    public var authorLogin: String?
    public var authorName: String?
    public var authorEmail: String?
    public var authoredAt: Date?
    public var committedAt: Date?
    public var url: String?
    /// Empty for a commit that has none; nil where they are unknown, as in a push event.
    public var parents: [String]?

    public init(
        repositoryID: String,
        branch: String,
        sha: String,
        message: String,
        authorLogin: String? = nil,
        authorName: String? = nil,
        authorEmail: String? = nil,
        authoredAt: Date? = nil,
        committedAt: Date? = nil,
        url: String? = nil,
        parents: [String]? = nil
    ) {
        self.repositoryID = repositoryID
        self.branch = branch
        self.sha = sha
        self.message = message
        self.authorLogin = authorLogin
        self.authorName = authorName
        self.authorEmail = authorEmail
        self.authoredAt = authoredAt
        self.committedAt = committedAt
        self.url = url
        self.parents = parents
    }
}
