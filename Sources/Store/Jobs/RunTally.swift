/// What a run has done.
public struct RunTally: Sendable, Equatable {
    /// Rows.
    public var processed: Int
    public var failed: Int
    /// Sent to the source.
    public var requests: Int
    public var bytes: Int

    public init(processed: Int = 0, failed: Int = 0, requests: Int = 0, bytes: Int = 0) {
        self.processed = processed
        self.failed = failed
        self.requests = requests
        self.bytes = bytes
    }
}
