import Foundation
import Resilience
import Store
import Synchronization
import TestSupport
import Testing

@Suite("A budget that processes share through the database", .enabled(if: TestDatabase.isAvailable))
struct BudgetTests {
    /// What the tasks of a test have seen.
    private final class Tally: Sendable {
        private struct State {
            var granted = 0
            var sent: [ContinuousClock.Instant] = []
            var refusedAt: ContinuousClock.Instant?
            var out = 0
            var mostOut = 0
            var latest = Duration.zero
        }

        private let state = Mutex(State())

        var granted: Int { self.state.withLock { $0.granted } }
        var sent: [ContinuousClock.Instant] { self.state.withLock { $0.sent } }
        var refusedAt: ContinuousClock.Instant? { self.state.withLock { $0.refusedAt } }
        var mostOut: Int { self.state.withLock { $0.mostOut } }

        var latest: Duration { self.state.withLock { $0.latest } }

        func late(by duration: Duration) { self.state.withLock { $0.latest = max($0.latest, duration) } }

        func grant() { self.state.withLock { $0.granted += 1 } }

        func send() {
            self.state.withLock { state in
                state.sent.append(.now)
                state.out += 1
                state.mostOut = max(state.mostOut, state.out)
            }
        }

        func end() { self.state.withLock { $0.out -= 1 } }

        /// Whether this is the first time.
        func refuse() -> Bool {
            self.state.withLock { state in
                guard state.refusedAt == nil else { return false }
                state.refusedAt = .now
                return true
            }
        }
    }

    @Test("Exchanges at the same time lose nothing of each other, whoever is quicker")
    func concurrent() async throws {
        try await TestDatabase.with { database in
            try await database.withStore(maximumConnections: 8) { store in
                let policy = BudgetPolicy(rates: .init(requestsPerMinute: 60 * 50), concurrency: 1000)
                let tally = Tally()
                let start = ContinuousClock.now
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for process in 0..<16 {
                        group.addTask {
                            for _ in 0..<15 {
                                let offer = BudgetOffer(process: "p\(process)", slots: 1, needs: .init(requests: 1))
                                let terms = try await store.exchange(offer, account: "acme", policy: policy)
                                if terms.isGranted { tally.grant() }
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                // A bucket of 100, what flowed in since, and what is reserved ahead: no more.
                let allowed = 50 * (2 + 3 + (ContinuousClock.now - start).seconds) + 1
                let count = tally.granted
                #expect(count > 60, "\(count)")
                #expect(Double(count) <= allowed, "\(count) of \(allowed)")
                let other = try await store.exchange(BudgetOffer(process: "q", slots: 1), account: "other", policy: policy)
                #expect(other.slots == 1)
            }
        }
    }

    @Test("Limiters of several processes together keep to the rate, and a refusal of one holds all within a second")
    func processes() async throws {
        try await TestDatabase.with { database in
            try await database.withStore(maximumConnections: 6) { store in
                let policy = BudgetPolicy(rates: .init(requestsPerMinute: 60 * 40), concurrency: 12)
                let tally = Tally()
                let start = ContinuousClock.now
                /// Long enough to see what follows the refusal, however late a busy machine comes to it.
                let goesOn: @Sendable () -> Bool = {
                    let now = ContinuousClock.now
                    let isSeen = tally.refusedAt.map { now - $0 > .seconds(5) } ?? false
                    return now - start < (isSeen ? .seconds(8) : .seconds(60))
                }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for process in 0..<4 {
                        let limiter = SharedRateLimiter(account: "acme", policy: policy, ledger: store, process: "p\(process)")
                        for lane in 0..<5 {
                            group.addTask {
                                while goesOn() {
                                    try await limiter.admit(.init(), payer: "t", isUrgent: false)
                                    tally.send()
                                    try await Task.sleep(for: .milliseconds(10))
                                    tally.end()
                                    var observation = RateBudget.Observation()
                                    if process == 0, lane == 0, ContinuousClock.now - start > .seconds(3), tally.refuse() {
                                        observation = .init(refused: true, retryAfter: .seconds(3))
                                    }
                                    await limiter.ended(observation)
                                }
                            }
                        }
                    }
                    // How late this process gets to what is due, and how long the database takes to note it down: a machine that runs
                    // other tests is no fault of a limiter.
                    group.addTask {
                        while goesOn() {
                            let due = ContinuousClock.now + .milliseconds(10)
                            try await Task.sleep(until: due)
                            _ = try await store.exchange(BudgetOffer(process: "w", slots: 1), account: "watched", policy: policy)
                            tally.late(by: ContinuousClock.now - due)
                        }
                    }
                    try await group.waitForAll()
                }
                let times = tally.sent
                let refused = try #require(tally.refusedAt)
                // Three seconds at 40 a second, a bucket of 80 and a second's worth of shares.
                #expect(times.filter { $0 - start < .seconds(3) }.count <= 40 * (3 + 2 + 1))
                // A second until all know of it; asking, hearing and noting down may each come as late as this machine is.
                let told = refused + .seconds(1) + tally.latest * 3
                #expect(times.filter { $0 > told && $0 < refused + .milliseconds(2_950) }.isEmpty, "\(tally.latest) late")
                #expect(times.contains { $0 > refused + .seconds(3) })
                #expect(tally.mostOut <= 12)
            }
        }
    }

    @Test("No secret and no name of a host is the key, and the service cannot read the tables themselves")
    func closed() async throws {
        try await TestDatabase.with { database in
            try await database.withStore { store in
                _ = try await store.exchange(
                    BudgetOffer(process: "p", slots: 1),
                    account: "api.acme.example env:ACME_KEY",
                    policy: BudgetPolicy(concurrency: 1)
                )
            }
            let rows = try await database.query("SELECT encode(account, 'hex') AS account, label FROM provider_budgets")
            let account: String = try rows[0].decode("account")
            #expect(account.count == 64 && !account.contains("acme"))
            let label: String = try rows[0].decode("label")
            #expect(label == "api.acme.example env:ACME_KEY")
        }
    }

    @Test("A provider's probe is kept and replaced")
    func probes() async throws {
        try await TestDatabase.with { database in
            try await database.withStore { store in
                #expect(try await store.providerProbe("a@s") == nil)
                let vectors: [[Float]] = [[0.1, -2.5e-8], [1, 0.333333343]]
                try await store.keepProviderProbe("a@s", vectors: [[1]], at: Date(timeIntervalSince1970: 1))
                try await store.keepProviderProbe("a@s", vectors: vectors, at: Date(timeIntervalSince1970: 2))
                let kept = try #require(try await store.providerProbe("a@s"))
                #expect(kept.vectors == vectors && kept.at == Date(timeIntervalSince1970: 2))
            }
        }
    }
}
