public import PulseModel
public import Store

/// The upkeep of one tenant: closes runs whose process is gone, requeues rows that were given up for a reason that passes, clears old
/// measurements and events, and looks whether the service's parts answer.
public struct SleepJob: Job {
    public let kind = JobKind.sleep
    private let store: Store
    private let probes: [HealthProbe]
    private let keep: Duration
    private let keepRaw: Duration?

    /// - Parameters:
    ///   - probes: of the parts beside PostgreSQL, such as Qdrant.
    ///   - keep: older measurements and events go.
    ///   - keepRaw: raw records that were fetched longer ago go; nil keeps all, so that extraction can be replayed.
    public init(
        store: Store,
        probes: [HealthProbe],
        keep: Duration = .seconds(30 * 86_400),
        keepRaw: Duration? = nil
    ) {
        self.store = store
        self.probes = probes
        self.keep = keep
        self.keepRaw = keepRaw
    }

    public func run(_ context: JobContext) async throws -> JobOutcome {
        context.report("upkeep")
        let report = try await self.store.upkeep(tenant: context.tenant, keep: self.keep, keepRaw: self.keepRaw)
        context.report("health")
        let store = self.store
        let database = HealthProbe("postgresql") {
            guard try await store.isReady() else { throw StoreError.notMigrated }
        }
        var health: [String] = []
        var away = 0
        for probe in [database] + self.probes {
            try Task.checkCancellation()
            if let trouble = await probe.trouble(within: .seconds(5)) {
                context.logger.warning("a part does not answer", metadata: ["part": "\(probe.name)", "error": "\(trouble)"])
                health.append("\(probe.name) away")
                away += 1
            } else {
                health.append("\(probe.name) well")
            }
        }
        let pruned = report.prunedMeasurements + report.prunedEvents + report.prunedRawRecords
        return JobOutcome(
            summary:
                "\(report.requeuedRows) rows requeued, \(report.prunedMeasurements) measurements, \(report.prunedEvents) events "
                + "and \(report.prunedRawRecords) raw records cleared; \(health.joined(separator: "; "))",
            tally: RunTally(processed: report.requeuedRows + pruned, failed: away)
        )
    }
}
