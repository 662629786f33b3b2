public import Foundation
public import PulseModel
public import Store

/// The upkeep of one tenant, step by step: retries what may be retried, ends what has lost its process, looks whether the parts
/// answer, does what other stages ask of it, and clears what is older than it is kept.
///
/// A step that fails harms no other; the run's history tells what each has done.
public struct SleepJob: Job {
    public let kind = JobKind.sleep
    private let store: Store
    private let probes: @Sendable (_ tenant: UUID) async throws -> [HealthProbe]
    private let tasks: [UpkeepTask]
    private let retention: Retention
    private let queuePolicy: QueuePolicy

    /// - Parameters:
    ///   - probes: of the parts that a tenant needs beside PostgreSQL: Qdrant, its provider, its sources.
    ///   - tasks: of other stages; between health and clearing.
    public init(
        store: Store,
        retention: Retention = Retention(),
        queuePolicy: QueuePolicy = QueuePolicy(),
        tasks: [UpkeepTask] = [],
        probes: @escaping @Sendable (_ tenant: UUID) async throws -> [HealthProbe]
    ) {
        self.store = store
        self.retention = retention
        self.queuePolicy = queuePolicy
        self.tasks = tasks
        self.probes = probes
    }

    public func run(_ context: JobContext) async throws -> JobOutcome {
        let (store, tenant) = (self.store, context.tenant)
        var steps: [RunStep] = []
        var hasSucceeded = false
        let health = HealthCheck()
        let own = [
            UpkeepTask("retries") { try await Self.retries(store, tenant: $0) },
            UpkeepTask("leases") { try await self.leases(tenant: $0) },
            UpkeepTask("health") { try await health.step(try await self.allProbes(tenant: $0), logger: context.logger) },
        ]
        let last = [
            UpkeepTask("memory") { RunStep("", count: try await store.resolveSettledRows(tenant: $0), detail: "failures over") },
            UpkeepTask("retention") { try await self.clear(tenant: $0) },
        ]
        let tasks = own + self.tasks + last
        for (index, task) in tasks.enumerated() {
            try Task.checkCancellation()
            context.report(task.name, share: 100 * Double(index) / Double(tasks.count))
            let step: RunStep
            if let part = task.part, health.away.contains(part) {
                step = RunStep(task.name, detail: "left out: \(part) is away")
            } else {
                step = try await Self.step(task, tenant: tenant, context: context)
                if step.failed == 0 || step.count > 0 { hasSucceeded = true }
            }
            context.keep([step])
            steps.append(step)
        }
        guard hasSucceeded else {
            throw JobFailure(.database, "no step of the upkeep went through; the service's log says why")
        }
        let told = steps.filter { $0.count > 0 || $0.failed > 0 }
        return JobOutcome(
            summary: told.isEmpty
                ? "all is in order"
                : told.map { "\($0.name): \($0.detail.isEmpty ? "\($0.count)" : $0.detail)" }.joined(separator: "; "),
            tally: RunTally(processed: steps.reduce(0) { $0 + $1.count }, failed: steps.reduce(0) { $0 + $1.failed })
        )
    }

    private static func step(_ task: UpkeepTask, tenant: UUID, context: JobContext) async throws -> RunStep {
        let started = ContinuousClock.now
        var step: RunStep
        do {
            step = try await task.run(tenant)
        } catch {
            try Task.checkCancellation()
            // It may name hosts or statements, which are not the tenant's to see.
            context.logger.warning("a step of the upkeep failed", metadata: ["step": "\(task.name)", "error": "\(error)"])
            step = RunStep("", failed: 1, detail: "it failed; the service's log says why")
        }
        step.name = task.name
        step.seconds = ((ContinuousClock.now - started) / .seconds(1) * 1_000).rounded() / 1_000
        return step
    }

    // MARK: Steps

    private static func retries(_ store: Store, tenant: UUID) async throws -> RunStep {
        let rows = try await store.requeueTransient(tenant: tenant, olderThan: .seconds(3_600))
        let leftovers = try await store.requeueLeftovers(tenant: tenant)
        let jobs = try await store.retryMendedJobs(tenant: tenant)
        let leaving = try await store.finishDisconnections(tenant: tenant)
        return RunStep(
            "",
            count: rows + leftovers + jobs + leaving,
            detail: "\(rows) given-up rows and \(leftovers) rows of deleted entities requeued, \(jobs) jobs tried again"
                + (leaving > 0 ? ", \(leaving) entities of disconnected sources queued to leave the index" : "")
        )
    }

    private func leases(tenant: UUID) async throws -> RunStep {
        let runs = try await self.store.closeSilentRuns(tenant: tenant)
        let rows = try await self.store.expireLeases(tenant: tenant, policy: self.queuePolicy)
        return RunStep("", count: rows + runs, detail: "\(rows) rows taken back, \(runs) runs closed whose process is gone")
    }

    private func allProbes(tenant: UUID) async throws -> [HealthProbe] {
        let store = self.store
        let database = HealthProbe("postgresql") {
            guard try await store.isReady() else { throw StoreError.notMigrated }
        }
        return [database] + (try await self.probes(tenant))
    }

    private func clear(tenant: UUID) async throws -> RunStep {
        let report = try await self.store.clear(tenant: tenant, retention: self.retention)
        return RunStep(
            "",
            count: report.total,
            detail: report.total == 0 ? "nothing is older than it is kept" : report.description
        )
    }
}
