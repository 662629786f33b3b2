public import Foundation

/// A GitHub pull request.
public struct PullRequest: Entity {
    public static let table = EntityTable.pullRequests

    public enum State: String, Sendable, CaseIterable {
        case open
        case closed
        case merged
    }

    /// GitHub's numeric id, unique over all repositories.
    public var id: String
    public var repositoryID: String
    /// `owner/name` of the repository, as it was when fetched.
    public var repository: String
    public var number: Int
    public var title: String
    public var body: String?
    public var author: String?
    public var state: State
    public var isDraft: Bool
    public var sourceBranch: String?
    public var targetBranch: String?
    public var headSHA: String?
    /// Absent from GitHub's REST answers since API version 2026-03-10.
    public var mergeCommitSHA: String?
    public var url: String?
    public var mergedBy: String?
    public var labels: [String]
    public var requestedReviewers: [String]
    public var commitCount: Int?
    public var additions: Int?
    public var deletions: Int?
    public var changedFiles: Int?
    public var commentCount: Int?
    public var reviewCommentCount: Int?
    public var createdAt: Date
    public var updatedAt: Date
    public var closedAt: Date?
    public var mergedAt: Date?

    public init(
        id: String,
        repositoryID: String,
        repository: String,
        number: Int,
        title: String,
        body: String? = nil,
        author: String? = nil,
        state: State,
        isDraft: Bool = false,
        sourceBranch: String? = nil,
        targetBranch: String? = nil,
        headSHA: String? = nil,
        mergeCommitSHA: String? = nil,
        url: String? = nil,
        mergedBy: String? = nil,
        labels: [String] = [],
        requestedReviewers: [String] = [],
        commitCount: Int? = nil,
        additions: Int? = nil,
        deletions: Int? = nil,
        changedFiles: Int? = nil,
        commentCount: Int? = nil,
        reviewCommentCount: Int? = nil,
        createdAt: Date,
        updatedAt: Date,
        closedAt: Date? = nil,
        mergedAt: Date? = nil
    ) {
        self.id = id
        self.repositoryID = repositoryID
        self.repository = repository
        self.number = number
        self.title = title
        self.body = body
        self.author = author
        self.state = state
        self.isDraft = isDraft
        self.sourceBranch = sourceBranch
        self.targetBranch = targetBranch
        self.headSHA = headSHA
        self.mergeCommitSHA = mergeCommitSHA
        self.url = url
        self.mergedBy = mergedBy
        self.labels = labels
        self.requestedReviewers = requestedReviewers
        self.commitCount = commitCount
        self.additions = additions
        self.deletions = deletions
        self.changedFiles = changedFiles
        self.commentCount = commentCount
        self.reviewCommentCount = reviewCommentCount
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.closedAt = closedAt
        self.mergedAt = mergedAt
    }

    public var stableID: String { self.id }
    public var externalID: String { "\(self.repository)#\(self.number)" }

    public func document(in context: NoContext) -> EntityDocument {
        EntityDocument(
            title: "\(self.externalID) \(self.title)",
            url: self.url,
            parts: [
                .init("Title", self.title), .init("Description", self.body), .init("State", self.state.rawValue),
                .init("Branch", self.sourceBranch), .init("Labels", self.labels.joined(separator: ", ")),
                .init("Author", self.author), .init("Repository", self.repository),
            ],
            facets: Facets(
                repository: self.repository,
                author: self.author,
                status: self.state.rawValue,
                updatedAt: self.updatedAt
            )
        )
    }
}

/// What the rows below a pull request need of it.
public struct PullRequestContext: Sendable {
    public var reference: String?
    public var title: String?
    public var repository: String?
    public var url: String?

    /// - Parameter reference: `owner/name#number`.
    public init(reference: String?, title: String?, repository: String?, url: String?) {
        self.reference = reference
        self.title = title
        self.repository = repository
        self.url = url
    }

    /// `acme/api#57 Retry payments`.
    var heading: String { [self.reference, self.title].compactMap(\.self).joined(separator: " ") }
}
