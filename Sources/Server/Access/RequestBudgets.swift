import Foundation
import Synchronization

/// How many requests each caller has left. A bucket of tokens a caller, filled evenly, in this process only.
final class RequestBudgets: Sendable {
    /// What is left after a request, for the headers of its answer.
    struct Balance: Sendable, Equatable {
        var quota: Int
        var remaining: Int
        /// Seconds until all of the quota is there again.
        var reset: Int
        /// Seconds until the next request may come; nil where this one may.
        var retryAfter: Int?

        /// `RateLimit` and `RateLimit-Policy` of the answer.
        var headers: [Problem.Header] {
            [
                Problem.Header(name: "ratelimit-policy", value: "\"requests\";q=\(self.quota);w=60"),
                Problem.Header(name: "ratelimit", value: "\"requests\";r=\(self.remaining);t=\(self.reset)"),
            ]
        }
    }

    private struct Bucket {
        var tokens: Double
        var at: ContinuousClock.Instant
    }

    private static let window = 60.0
    private let quota: Int
    private let buckets = Mutex<[UUID: Bucket]>([:])

    /// - Parameter quota: requests a minute; 0 for no limit.
    init(quota: Int) { self.quota = quota }

    /// - Returns: nil where there is no limit.
    func take(_ caller: UUID, now: ContinuousClock.Instant = .now) -> Balance? {
        guard self.quota > 0 else { return nil }
        let quota = Double(self.quota)
        let rate = quota / Self.window
        let (tokens, isAllowed) = self.buckets.withLock { buckets -> (Double, Bool) in
            if buckets.count > 10_000 {
                // Full buckets need no memory.
                buckets = buckets.filter { $0.value.tokens + (now - $0.value.at) / .seconds(1) * rate < quota }
            }
            let before = buckets[caller] ?? Bucket(tokens: quota, at: now)
            let tokens = min(quota, before.tokens + max(0, (now - before.at) / .seconds(1)) * rate)
            let isAllowed = tokens >= 1
            let left = isAllowed ? tokens - 1 : tokens
            buckets[caller] = Bucket(tokens: left, at: now)
            return (left, isAllowed)
        }
        return Balance(
            quota: self.quota,
            remaining: Int(tokens),
            reset: Int(((quota - tokens) / rate).rounded(.up)),
            retryAfter: isAllowed ? nil : max(1, Int(((1 - tokens) / rate).rounded(.up)))
        )
    }
}
