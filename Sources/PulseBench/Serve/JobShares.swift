import Foundation
import Jobs
import Logging
import PulseModel
import ServiceLifecycle
import Store
import Synchronization
import TestSupport

/// Very many tenants whose jobs are all due at once: when does each begin?
struct JobShares {
    private static let tenants = 200
    private static let seconds = 0.05

    /// A job that only takes time, and says when it was started.
    private final class Waiting: Job {
        struct Start: Sendable {
            var tenant: UUID
            var kind: JobKind
            var at: ContinuousClock.Instant
        }

        let kind: JobKind
        let starts: Starts

        init(_ kind: JobKind, _ starts: Starts) {
            self.kind = kind
            self.starts = starts
        }

        func run(_ context: JobContext) async throws -> JobOutcome {
            let start = Start(tenant: context.tenant, kind: self.kind, at: .now)
            self.starts.all.withLock { $0.append(start) }
            try await Task.sleep(for: .seconds(JobShares.seconds))
            return JobOutcome(summary: "waited")
        }
    }

    private final class Starts: Sendable {
        let all = Mutex<[Waiting.Start]>([])
    }

    func figures() async throws -> [Figure] {
        try await TestDatabase.with { database in
            // Three synchronizations, and the upkeep of each tenant.
            for number in 0..<Self.tenants {
                let tenant = try await database.tenant("tenant\(number)")
                _ = try await database.integration(tenant: tenant.id, kind: "github", name: "second")
            }
            return try await database.withStore { store in
                try await store.ensureJobs()
                try await database.query("UPDATE etl_jobs SET next_run_at = now() - interval '1 second'")
                try await database.owner.withConnection { try await $0.run("VACUUM (ANALYZE)") }
                return try await self.measure(store)
            }
        }
    }

    private func measure(_ store: Store) async throws -> [Figure] {
        let starts = Starts()
        var logger = Logger(label: "bench")
        logger.logLevel = .error
        let policy = OrchestratorPolicy()
        let orchestrator = Orchestrator(
            store: store,
            jobs: [JobKind.github, .jira, .sleep].map { Waiting($0, starts) },
            policy: policy,
            logger: logger
        )
        let group = ServiceGroup(configuration: .init(services: [orchestrator], logger: logger))
        let began = ContinuousClock.now
        let all = Self.tenants * 4
        let serving = Task { try await group.run() }
        while starts.all.withLock({ $0.count }) < all {
            guard ContinuousClock.now - began < .seconds(600) else { throw BenchError("jobs are not started") }
            try await Task.sleep(for: .milliseconds(50))
        }
        await group.triggerGracefulShutdown()
        try await serving.value
        let found = starts.all.withLock { $0 }
        let work = found.filter { $0.kind != .sleep }
        let last = work.map { ($0.at - began) / .seconds(1) }.max() ?? 0
        let firsts = Dictionary(grouping: work, by: \.tenant).values.compactMap { $0.map(\.at).min() }
        let lastFirst = firsts.map { ($0 - began) / .seconds(1) }.max() ?? .infinity
        let upkeep = found.filter { $0.kind == .sleep }.map { ($0.at - began) / .seconds(1) }.max() ?? 0
        // What a machine would need that does nothing but wait for the jobs in its places.
        let ideal = Double(work.count) * Self.seconds / Double(policy.concurrency)
        return [
            Figure(
                "tenants whose jobs started",
                Double(Set(found.map(\.tenant)).count),
                "",
                target: .atLeast(Double(Self.tenants)),
                runs: 1
            ),
            Figure("starts that one tenant was ahead of another", Double(Self.lead(work)), "", target: .atMost(1), runs: 1),
            Figure(
                "until each tenant had its first",
                lastFirst,
                "s",
                limit: ("a third of all", last / 3),
                target: .atMost(last / 3 * 1.2),
                runs: 1
            ),
            Figure(
                "until all \(work.count) had started",
                last,
                "s",
                limit: ("\(policy.concurrency) places, always taken", ideal),
                runs: 1
            ),
            Figure("until each tenant's upkeep had started", upkeep, "s", runs: 1),
        ]
    }

    /// How many starts the tenant with the most was ahead of the one with the least, at any moment.
    private static func lead(_ starts: [Waiting.Start]) -> Int {
        var counts = Dictionary(starts.map { ($0.tenant, 0) }) { first, _ in first }
        var lead = 0
        for start in starts.sorted(by: { $0.at < $1.at }) {
            counts[start.tenant, default: 0] += 1
            lead = max(lead, (counts.values.max() ?? 0) - (counts.values.min() ?? 0))
        }
        return lead
    }
}
