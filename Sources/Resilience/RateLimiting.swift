/// Holds requests back until a shared budget allows them.
public protocol RateLimiting: Sendable {
    /// Returns when the request may go.
    ///
    /// - Throws: ``RateLimitReached`` where the wait would be longer than the limiter is willing to hold a caller,
    ///   `CancellationError`.
    func admit(_ cost: RateBudget.Cost) async throws
    /// Learns from an answer's headers and status.
    func observe(_ observation: RateBudget.Observation) async
}
