/// One fetched object as it came.
public struct RawRecord: Sendable, Equatable {
    public var kind: String
    public var stableID: String
    /// What it belongs to, where the object does not say so itself: `{repository}#{number}` for what hangs on a pull request.
    public var parent: String?
    /// JSON text.
    public var body: String

    public init(kind: String, stableID: String, parent: String? = nil, body: String) {
        self.kind = kind
        self.stableID = stableID
        self.parent = parent
        self.body = body
    }
}
