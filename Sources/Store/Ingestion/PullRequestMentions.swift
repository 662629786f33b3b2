/// The issue keys that stand in one pull request, believed or not: a key becomes a link once an issue of that key is known.
public struct PullRequestMentions: Sendable, Equatable {
    public enum Place: String, Sendable, CaseIterable { case title, branch, commit }

    public var repositoryID: String
    public var number: Int
    /// Upper-case keys and where each was first found.
    public var keys: [String: Place]
    /// Whether these are not all: keys found elsewhere in the pull request before stay.
    public var isPartial: Bool

    public init(repositoryID: String, number: Int, keys: [String: Place], isPartial: Bool = false) {
        self.repositoryID = repositoryID
        self.number = number
        self.keys = keys
        self.isPartial = isPartial
    }
}
