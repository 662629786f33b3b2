public import Foundation
public import Logging
public import PulseModel
public import Store

/// Opens a run when a tenant's rows are worked off, reports its progress, and closes it when nothing is left.
///
/// Reports never hold up the work: what fails to be reported is logged and reported with the next figures.
public actor RunReporter {
    private struct Run {
        var reference: RunReference
        var done = 0
        var failed = 0
        /// Requests to the provider, and seconds for which passes waited for the database.
        var costs = (requests: 0, databaseSeconds: 0.0)
        var steps: [RunStep] = []
        /// Of the process, when they were last reported.
        var processorSeconds = ProcessUse.processorSeconds
        var lastReport = ContinuousClock.now
        var idleSince: ContinuousClock.Instant?
        /// Open rows when they were last counted, less those that are done since.
        var open: (rows: Int, at: ContinuousClock.Instant, took: Duration)?
        var lastGauge: ContinuousClock.Instant?
        /// Rows and chunks of the last seconds, for the rates.
        var recent: [(at: ContinuousClock.Instant, rows: Int, chunks: Int)] = []

        mutating func add(_ steps: [RunStep]) { self.steps = self.steps.adding(steps) }
    }

    /// How a drain or a log follows the progress.
    public typealias Observer = @Sendable (UUID, JobProgress) -> Void

    private let store: Store
    private let recorder: any OperationsRecording
    private let logger: Logger
    private let observer: Observer?
    private var runs: [UUID: Run] = [:]
    /// Rows that have failed here and have not gone through since.
    private var troubled: Set<UUID> = []

    private static let reportEvery = Duration.milliseconds(400)
    private static let window = Duration.seconds(15)
    private static let mostTroubled = 2_000
    private static let gaugeEvery = Duration.seconds(5)

    /// - Parameter recorder: takes measurements and failures.
    public init(
        store: Store,
        recorder: any OperationsRecording = NoRecording(),
        logger: Logger,
        observer: Observer? = nil
    ) {
        self.store = store
        self.recorder = recorder
        self.logger = logger
        self.observer = observer
    }

    /// A tenant's rows were claimed.
    func began(tenant: UUID) async {
        guard self.runs[tenant] == nil else { return }
        do {
            let backlog = try await self.store.backlog(tenant: tenant)
            let joined = try await self.store.joinRun(
                tenant: tenant,
                jobName: "vectorization_job",
                channel: .vectorization,
                total: backlog.open
            )
            guard let run = joined else { return }
            if self.runs[tenant] == nil { self.runs[tenant] = Run(reference: run) }
            await self.report(tenant: tenant)
        } catch {
            self.warn("the run of a tenant cannot be opened", tenant: tenant, error: error)
        }
    }

    /// A pass ended.
    func ended(_ report: PassReport) async {
        let tenant = report.tenant
        let now = ContinuousClock.now
        self.runs[tenant]?.done += report.summary.done
        self.runs[tenant]?.failed += report.summary.failed
        self.runs[tenant]?.costs.requests += report.requests
        self.runs[tenant]?.costs.databaseSeconds += report.databaseSeconds
        self.runs[tenant]?.add(report.steps)
        self.runs[tenant]?.open?.rows -= report.summary.done + report.summary.failed
        self.runs[tenant]?.idleSince = nil
        self.runs[tenant]?.recent.append((now, report.summary.done, report.embedded))
        self.recorder.record(report.measurements(run: self.runs[tenant]?.reference.runID), tenant: tenant)
        let mended = self.troubled.intersection(report.applied)
        self.troubled.subtract(mended)
        self.recorder.recordSuccess(of: report.successes + mended.map(LearnedFailure.subject(ofRow:)), tenant: tenant)
        // After the successes: what has failed in the same pass is not over.
        for failure in report.learned { self.recorder.record(failure, tenant: tenant) }
        // The upkeep finds those that are left out here.
        let room = max(0, Self.mostTroubled - self.troubled.count)
        self.troubled.formUnion(report.troubles.values.flatMap(\.entities).prefix(room))
        guard let run = self.runs[tenant], now - run.lastReport >= Self.reportEvery else { return }
        await self.report(tenant: tenant)
    }

    /// Reports on all open runs, and closes those whose queue has been empty for `quiet`.
    func settle(after quiet: Duration) async {
        for tenant in Array(self.runs.keys) {
            do {
                let open = try await self.openRows(of: tenant)
                try await self.gauge(open: open, tenant: tenant)
                guard open == 0 else {
                    self.runs[tenant]?.idleSince = nil
                    await self.report(tenant: tenant)
                    continue
                }
                let now = ContinuousClock.now
                guard let run = self.runs[tenant] else { continue }
                let since = run.idleSince ?? now
                self.runs[tenant]?.idleSince = since
                guard now - since >= quiet else { continue }
                await self.report(tenant: tenant)
                self.runs[tenant] = nil
                try await self.store.completeWork(tenant: tenant, run: run.reference)
            } catch {
                self.warn("a run cannot be closed", tenant: tenant, error: error)
            }
        }
    }

    /// Measures how much waits, and for how long; the last time when nothing does any more.
    private func gauge(open: Int, tenant: UUID) async throws {
        guard let run = self.runs[tenant] else { return }
        let now = ContinuousClock.now
        let isDue = run.lastGauge.map { now - $0 >= Self.gaugeEvery } ?? true
        guard isDue || (open == 0 && run.idleSince == nil) else { return }
        self.runs[tenant]?.lastGauge = now
        let lag = open == 0 ? 0 : try await self.store.queueLag(tenant: tenant)
        let id = run.reference.runID
        self.recorder.record(
            [
                PerformanceMeasurement(.queueDepth, Double(open), service: "vectorization", run: id),
                PerformanceMeasurement(.queueLag, lag, service: "vectorization", run: id),
            ],
            tenant: tenant
        )
    }

    private func report(tenant: UUID) async {
        guard var run = self.runs[tenant] else { return }
        let now = ContinuousClock.now
        run.recent.removeAll { now - $0.at > Self.window }
        run.lastReport = now
        // Taken out before the first wait: another report may begin meanwhile.
        let (done, failed, costs, steps) = (run.done, run.failed, run.costs, run.steps)
        let processorSeconds = ProcessUse.processorSeconds - run.processorSeconds
        run.done = 0
        run.failed = 0
        run.costs = (0, 0)
        run.steps = []
        run.processorSeconds += processorSeconds
        self.runs[tenant] = run
        let span = run.recent.first.map { Double(($0.at.duration(to: now)).components.seconds) + 0.5 } ?? 1
        let rate = Double(run.recent.reduce(0) { $0 + $1.rows }) / span
        let embeddingRate = Double(run.recent.reduce(0) { $0 + $1.chunks }) / span
        do {
            let open = try await self.openRows(of: tenant)
            let progress = try await self.store.reportWork(
                tenant: tenant,
                run: run.reference,
                done: done,
                failed: failed,
                open: open,
                costs: RunCosts(
                    requests: costs.requests,
                    databaseSeconds: costs.databaseSeconds,
                    cpuSeconds: processorSeconds,
                    peakMemory: ProcessUse.residentBytes
                ),
                steps: steps,
                rate: rate,
                embeddingRate: embeddingRate > 0 ? embeddingRate : nil,
                operation: open == 0 ? "finishing" : "embedding"
            )
            if let progress { self.observer?(tenant, progress) } else { self.runs[tenant] = nil }
        } catch {
            self.runs[tenant]?.done += done
            self.runs[tenant]?.failed += failed
            self.runs[tenant]?.costs.requests += costs.requests
            self.runs[tenant]?.costs.databaseSeconds += costs.databaseSeconds
            self.runs[tenant]?.add(steps)
            self.runs[tenant]?.processorSeconds -= processorSeconds
            self.warn("progress cannot be reported", tenant: tenant, error: error)
        }
    }

    /// Rows that wait or are worked off.
    ///
    /// Where they are many, counting them takes the database longer than what happens between two reports: they are counted a
    /// twentieth of the time at most, and in between the last count less what is done since must do.
    private func openRows(of tenant: UUID) async throws -> Int {
        let before = ContinuousClock.now
        if let last = self.runs[tenant]?.open, last.rows > 0, before - last.at < last.took * 20 { return last.rows }
        let rows = try await self.store.backlog(tenant: tenant).open
        self.runs[tenant]?.open = (rows, before, ContinuousClock.now - before)
        return rows
    }

    /// What a cancelled task could not say is no trouble.
    private func warn(_ message: Logger.Message, tenant: UUID, error: any Error) {
        guard !Task.isCancelled else { return }
        self.logger.warning(message, metadata: ["tenant": "\(tenant)", "error": "\(error)"])
    }
}
