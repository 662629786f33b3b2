import HTTPTransport
import NIOCore
import Synchronization

/// How often somebody may present keys that nobody has, by address: each costs a look-up in the database.
///
/// A bucket of tokens an address, filled evenly, in this process only; networks of IPv6 (/64) count as one address.
final class FailedAttempts: Sendable {
    private struct Bucket {
        var tokens: Double
        var at: ContinuousClock.Instant
    }

    private static let window = 60.0
    private let quota: Double
    private let buckets = Mutex<[[UInt8]: Bucket]>([:])

    /// - Parameter quota: failures a minute; 0 for no limit.
    init(quota: Int) { self.quota = Double(quota) }

    /// - Returns: seconds until the next attempt may be made; nil where it may be made now.
    func wait(_ address: SocketAddress?, now: ContinuousClock.Instant = .now) -> Int? {
        guard self.quota > 0, let key = Self.key(address) else { return nil }
        let tokens = self.buckets.withLock { $0[key].map { self.tokens(of: $0, now) } ?? self.quota }
        return tokens >= 1 ? nil : max(1, Int(((1 - tokens) / self.quota * Self.window).rounded(.up)))
    }

    func count(_ address: SocketAddress?, now: ContinuousClock.Instant = .now) {
        guard self.quota > 0, let key = Self.key(address) else { return }
        self.buckets.withLock { buckets in
            if buckets.count > 10_000 {
                // Full buckets need no memory.
                buckets = buckets.filter { self.tokens(of: $0.value, now) < self.quota }
            }
            let tokens = buckets[key].map { self.tokens(of: $0, now) } ?? self.quota
            buckets[key] = Bucket(tokens: max(0, tokens - 1), at: now)
        }
    }

    private func tokens(of bucket: Bucket, _ now: ContinuousClock.Instant) -> Double {
        min(self.quota, bucket.tokens + max(0, (now - bucket.at) / .seconds(1)) * self.quota / Self.window)
    }

    private static func key(_ address: SocketAddress?) -> [UInt8]? {
        address?.ip.map { $0.bytes.count == 4 ? $0.bytes : Array($0.bytes.prefix(8)) }
    }
}
