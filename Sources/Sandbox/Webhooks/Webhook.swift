/// Where the played GitHub tells of changes.
struct Webhook: Sendable {
    var url: String
    var secret: String
}

/// A delivery as it was sent.
public struct SentDelivery: Sendable {
    public var id: String
    public var event: String
    public var body: [UInt8]
    /// The header `X-Hub-Signature-256`.
    public var signature: String
    var url: String
}
