public import Foundation

/// A review of a pull request.
public struct Review: Entity {
    public static let table = EntityTable.reviews

    /// GitHub's numeric review id.
    public var id: String
    /// The repository's numeric id; with ``number`` it names the pull request through any renaming.
    public var repositoryID: String
    /// The pull request's number.
    public var number: Int
    public var author: String?
    /// `APPROVED`, `CHANGES_REQUESTED`, `COMMENTED`, `DISMISSED` or `PENDING`.
    public var state: String
    public var body: String?
    /// Nil while pending.
    public var submittedAt: Date?
    public var url: String?

    public init(
        id: String,
        repositoryID: String,
        number: Int,
        author: String?,
        state: String,
        body: String?,
        submittedAt: Date?,
        url: String?
    ) {
        self.id = id
        self.repositoryID = repositoryID
        self.number = number
        self.author = author
        self.state = state
        self.body = body
        self.submittedAt = submittedAt
        self.url = url
    }

    public var stableID: String { self.id }
    public var externalID: String { self.id }

    public func document(in context: PullRequestContext) -> EntityDocument {
        let verdict = self.state.lowercased().replacing("_", with: " ")
        return EntityDocument(
            title: "Review of \(context.heading)",
            url: self.url ?? context.url,
            parts: [
                .init("Review", self.body), .init("Verdict", verdict), .init("Reviewer", self.author),
                .init("Pull request", context.heading),
            ],
            facets: Facets(
                repository: context.repository,
                author: self.author,
                status: self.state,
                updatedAt: self.submittedAt
            )
        )
    }
}
