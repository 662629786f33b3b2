import Resilience
import Store
import Synchronization

/// Does what must be written down once more while the database is away and the lease holds.
///
/// What a lost COMMIT has done already is then done twice: rows that are completed are refused and queued again, which costs a pass and
/// no more.
final class DatabaseWait: Sendable {
    private static let backoff = Backoff(base: .milliseconds(200), maximum: .seconds(1))

    private let lease: Lease
    private let hasEnded = Mutex(false)

    init(lease: Lease) {
        self.lease = lease
    }

    /// The process is to stop: nothing is tried again.
    func end() { self.hasEnded.withLock { $0 = true } }

    /// - Parameter patience: goes on for so long although the lease has run out.
    func run<R: Sendable>(forAtLeast patience: Duration = .zero, _ body: @Sendable () async throws -> R) async throws -> R {
        let time = Lease.now() + patience.inSeconds
        var tries = 0
        while true {
            do {
                return try await body()
            } catch {
                let delay = Self.backoff.delay(after: tries + 1, random: .random(in: 0..<1))
                let mayWait = Lease.now() + delay.inSeconds < max(self.lease.ends, time) && !self.hasEnded.withLock { $0 }
                guard Store.mayPass(error), mayWait else { throw error }
                tries += 1
                try await Task.sleep(for: delay)
            }
        }
    }
}
