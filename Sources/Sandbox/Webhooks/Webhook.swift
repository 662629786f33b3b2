/// Where the sandbox tells of changes.
struct Webhook: Sendable {
    /// Whose events it gets, and in whose manner they are signed.
    enum Source: String, Sendable {
        case github
        case jira
    }

    var source: Source
    var url: String
    var secret: String
}

/// A delivery as it was sent.
public struct SentDelivery: Sendable {
    /// Stays the same where it is sent again.
    public var id: String
    public var event: String
    public var body: [UInt8]
    /// The header `X-Hub-Signature-256` of GitHub, `X-Hub-Signature` of Jira.
    public var signature: String
    /// The status of each answer to it; 0 where there was none.
    public internal(set) var answers: [Int] = []
    var source: Webhook.Source
    var url: String
}
