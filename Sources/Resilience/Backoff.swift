/// Exponential backoff with jitter, as a value.
public struct Backoff: Sendable, Equatable {
    public var base: Duration
    public var factor: Double
    public var maximum: Duration
    /// The share of the delay that is random: 0 is none, 0.3 spreads it from 0.7 to 1.3 times.
    public var jitter: Double

    public init(base: Duration, factor: Double = 2, maximum: Duration, jitter: Double = 0.3) {
        self.base = base
        self.factor = factor
        self.maximum = maximum
        self.jitter = jitter
    }

    /// The delay before attempt `attempt + 1`.
    ///
    /// - Parameters:
    ///   - attempt: attempts already made, from 1.
    ///   - random: uniform in 0..<1.
    public func delay(after attempt: Int, random: Double) -> Duration {
        var seconds = self.base.seconds
        for _ in 1..<max(2, min(attempt, 64)) where attempt > 1 && seconds < self.maximum.seconds { seconds *= self.factor }
        seconds = min(seconds, self.maximum.seconds)
        return .seconds(seconds * (1 - self.jitter + 2 * self.jitter * random))
    }
}

extension Duration {
    /// The duration in seconds, as a fraction.
    public var seconds: Double {
        Double(self.components.seconds) + Double(self.components.attoseconds) * 1e-18
    }
}
