/// The numbers of the queue's protocol.
public struct QueuePolicy: Sendable, Equatable {
    /// How long a claim holds without a heartbeat.
    public var lease: Duration
    /// After this long, a write that was sent has been applied or never will be.
    public var writeDeadline: Duration
    /// Failures of the row itself before it is given up.
    public var attempts: Int
    /// Expired leases before a row runs alone, and before it is given up.
    public var aloneAfterCrashes: Int
    public var failAfterCrashes: Int

    public init(
        lease: Duration = .seconds(60),
        writeDeadline: Duration = .seconds(30),
        attempts: Int = 8,
        aloneAfterCrashes: Int = 3,
        failAfterCrashes: Int = 5
    ) {
        self.lease = lease
        self.writeDeadline = writeDeadline
        self.attempts = attempts
        self.aloneAfterCrashes = aloneAfterCrashes
        self.failAfterCrashes = failAfterCrashes
    }
}
