/// A record that a source sent and that cannot be taken.
public struct RejectedRecord: Sendable, Equatable {
    /// Such as `github_pr` or `jira_issue`.
    public var kind: String
    /// What names the record: its key, number or id, or its place in the answer.
    public var identity: String
    /// What is wrong with it, for a person.
    public var reason: String

    public init(kind: String, identity: String, reason: String) {
        self.kind = kind
        self.identity = identity
        self.reason = reason
    }
}
