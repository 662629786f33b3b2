/// The budget is spent for longer than the limiter holds a caller back.
public struct RateLimitReached: Error, Sendable, Equatable {
    public var retryAfter: Duration

    public init(retryAfter: Duration) { self.retryAfter = retryAfter }
}
