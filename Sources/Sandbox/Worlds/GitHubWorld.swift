/// What the played GitHub holds.
struct GitHubWorld: Sendable {
    struct Repository: Sendable {
        var fullName: String
        var document: Document
        var pulls: [Pull] = []
        var reviewComments: [Comment] = []
        var issueComments: [Comment] = []
        /// Newest first, each with its statuses, newest first.
        var deployments: [JSONValue] = []
        /// Newest first.
        var releases: [JSONValue] = []
        /// Of the default branch, newest first.
        var commits: [BranchCommit] = []
        /// Rises at each change, so that an order kept for one revision is not taken for another's.
        var revision = 0

        var isPrivate: Bool { document.json()["private"]?.boolValue ?? false }
        var owner: String { String(fullName.prefix { $0 != "/" }) }
    }

    struct Pull: Sendable {
        var number: Int
        var created: Instant
        var updated: Instant
        var isOpen: Bool
        var document: Document
        var commits: DocumentList
        var reviews: DocumentList
        /// GraphQL's id.
        var nodeID = ""
    }

    struct BranchCommit: Sendable {
        var committed: Instant
        var document: Document
    }

    struct Comment: Sendable {
        var id: Int
        /// The pull request or plain issue on which it stands.
        var number: Int?
        var created: Instant
        var updated: Instant
        var document: Document
    }

    var repositories: [Repository] = []
    /// Old full names to those that hold now.
    var renamed: [String: String] = [:]
    /// The owner of the token.
    var viewer: JSONValue = ["login": "acme-pulse", "id": 1, "type": "User"]
    /// The numeric id of each organization; others are users.
    var organizations: [String: Int] = [:]
    /// Keys that a pull request has in detail but not in a list.
    var detailOnlyKeys: Set<String> = []
    /// Keys that API version 2026-03-10 no longer has in pull requests.
    var versionedKeys: Set<String> = []
    /// Numbers of reviews and commits, which are made only when asked for.
    var reviewCount = 0
    var commitCount = 0
}
