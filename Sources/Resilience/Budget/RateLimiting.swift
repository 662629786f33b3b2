/// Holds requests back until a shared budget allows them.
public protocol RateLimiting: Sendable {
    /// Returns when the request may go. Each request that was admitted must be followed by ``ended(_:)``.
    ///
    /// - Parameters:
    ///   - payer: whom the budget serves in turn with others; usually a tenant.
    ///   - isUrgent: somebody waits for the answer: it goes before what nobody waits for.
    /// - Throws: ``RateLimitReached`` where the wait would be longer than the limiter is willing to hold a caller,
    ///   `CancellationError`.
    func admit(_ cost: RateBudget.Cost, payer: String, isUrgent: Bool) async throws
    /// An admitted request has ended.
    ///
    /// - Parameter observation: what its answer's headers and status say; nil where no answer came.
    func ended(_ observation: RateBudget.Observation?) async
}

/// For whom requests are made, known to whatever is called on the way to them.
public enum RatePayer {
    /// Usually the tenant's id.
    @TaskLocal public static var current = ""
}
