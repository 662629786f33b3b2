public import Foundation

/// A deployment of a repository to an environment, for delivery metrics.
public struct Deployment: Sendable, Equatable {
    public struct Status: Sendable, Equatable {
        /// Lower case, as REST has it: `queued`, `in_progress`, `success`, `failure`, `error`, `inactive`, `pending`.
        public var state: String
        public var at: Date

        public init(state: String, at: Date) {
            self.state = state
            self.at = at
        }
    }

    public var id: String
    public var repositoryID: String
    public var environment: String
    public var sha: String
    public var ref: String?
    public var task: String?
    public var creator: String?
    public var url: String?
    public var isProduction: Bool?
    /// The newest status; nil where none has been said yet.
    public var state: String?
    public var createdAt: Date?
    public var updatedAt: Date?
    /// What is known of them; those that a later page does not hold stay.
    public var statuses: [Status]

    public init(
        id: String,
        repositoryID: String,
        environment: String,
        sha: String,
        ref: String? = nil,
        task: String? = nil,
        creator: String? = nil,
        url: String? = nil,
        isProduction: Bool? = nil,
        state: String? = nil,
        createdAt: Date? = nil,
        updatedAt: Date? = nil,
        statuses: [Status] = []
    ) {
        self.id = id
        self.repositoryID = repositoryID
        self.environment = environment
        self.sha = sha
        self.ref = ref
        self.task = task
        self.creator = creator
        self.url = url
        self.isProduction = isProduction
        self.state = state
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.statuses = statuses
    }
}

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
