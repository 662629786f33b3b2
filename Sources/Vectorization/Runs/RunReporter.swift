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
        var embedded = 0
        var lastReport = ContinuousClock.now
        var idleSince: ContinuousClock.Instant?
        /// Rows and chunks of the last seconds, for the rates.
        var recent: [(at: ContinuousClock.Instant, rows: Int, chunks: Int)] = []
    }

    /// How a drain or a log follows the progress.
    public typealias Observer = @Sendable (UUID, JobProgress) -> Void

    private let store: Store
    private let logger: Logger
    private let observer: Observer?
    private var runs: [UUID: Run] = [:]

    private static let reportEvery = Duration.milliseconds(400)
    private static let window = Duration.seconds(15)

    public init(store: Store, logger: Logger, observer: Observer? = nil) {
        self.store = store
        self.logger = logger
        self.observer = observer
    }

    /// A tenant's rows were claimed.
    func began(tenant: UUID) async {
        guard self.runs[tenant] == nil else { return }
        do {
            let backlog = try await self.store.backlog(tenant: tenant)
            let run = try await self.store.joinRun(
                tenant: tenant,
                jobName: "vectorization_job",
                channel: .vectorization,
                total: backlog.open
            )
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
        self.runs[tenant]?.idleSince = nil
        self.runs[tenant]?.recent.append((now, report.summary.done, report.embedded))
        do {
            try await self.store.record(report.measurements(run: self.runs[tenant]?.reference.runID), tenant: tenant)
            for (kind, reason) in report.reasons {
                try await self.store.remember(
                    LearnedFailure(
                        errorType: kind,
                        service: report.provider ?? "vectorization",
                        intent: "index rows of the queue",
                        failedQuery: "a batch of \(report.rows) rows",
                        issue: reason,
                        occurrences: report.failures[kind] ?? 1
                    ),
                    tenant: tenant
                )
            }
        } catch {
            self.warn("measurements cannot be written", tenant: tenant, error: error)
        }
        guard let run = self.runs[tenant], now - run.lastReport >= Self.reportEvery else { return }
        await self.report(tenant: tenant)
    }

    /// Reports on all open runs, and closes those whose queue has been empty for `quiet`.
    func settle(after quiet: Duration) async {
        for tenant in Array(self.runs.keys) {
            do {
                let backlog = try await self.store.backlog(tenant: tenant)
                guard backlog.open == 0 else {
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

    private func report(tenant: UUID) async {
        guard var run = self.runs[tenant] else { return }
        let now = ContinuousClock.now
        run.recent.removeAll { now - $0.at > Self.window }
        run.lastReport = now
        // Taken out before the first wait: another report may begin meanwhile.
        let (done, failed) = (run.done, run.failed)
        run.done = 0
        run.failed = 0
        self.runs[tenant] = run
        let span = run.recent.first.map { Double(($0.at.duration(to: now)).components.seconds) + 0.5 } ?? 1
        let rate = Double(run.recent.reduce(0) { $0 + $1.rows }) / span
        let embeddingRate = Double(run.recent.reduce(0) { $0 + $1.chunks }) / span
        do {
            let backlog = try await self.store.backlog(tenant: tenant)
            let progress = try await self.store.reportWork(
                tenant: tenant,
                run: run.reference,
                done: done,
                failed: failed,
                open: backlog.open,
                rate: rate,
                embeddingRate: embeddingRate > 0 ? embeddingRate : nil,
                operation: backlog.open == 0 ? "finishing" : "embedding"
            )
            if let progress { self.observer?(tenant, progress) } else { self.runs[tenant] = nil }
        } catch {
            self.runs[tenant]?.done += done
            self.runs[tenant]?.failed += failed
            self.warn("progress cannot be reported", tenant: tenant, error: error)
        }
    }

    /// What a cancelled task could not say is no trouble.
    private func warn(_ message: Logger.Message, tenant: UUID, error: any Error) {
        guard !Task.isCancelled else { return }
        self.logger.warning(message, metadata: ["tenant": "\(tenant)", "error": "\(error)"])
    }
}
