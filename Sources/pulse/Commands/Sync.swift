import ArgumentParser
import Connectors
import Foundation
import Jobs
import PulseModel
import Store

struct Sync: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Bring what is new from GitHub or Jira into the database and the queue.",
        discussion: "Goes on where the last one stopped. Exit code 1 where a repository, project or list failed."
    )

    enum Kind: String, ExpressibleByArgument, CaseIterable { case github, jira }

    @Argument(help: "github or jira.")
    var kind: Kind

    @OptionGroup var tenant: TenantOption

    @Option(help: "Only the integration of this name.")
    var integration: String?

    @Flag(help: "Look for what was deleted at the source now, instead of when it is due.")
    var sweep = false

    @Flag(help: "Try only the repositories, projects and lists again that failed the last time; `pulse failures` lists them.")
    var retryFailed = false

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        guard !(self.retryFailed && self.sweep) else {
            throw ValidationError("--retry-failed and --sweep do not go together: sweep with a sync of its own")
        }
    }

    private struct Output: Encodable {
        var integration: String
        var written: Int
        var unchanged: Int
        var queued: Int
        var rejected: Int
        var requests: Int
        var seconds: Double
        var rows: [String: Int]
        var failures: [String]
    }

    func run() async throws {
        try await Context.run { context in
            let tenant = try await self.tenant.find(in: context.store)
            let sources = try await Source.all(of: tenant, named: self.integration, kind: self.kind.rawValue, context: context)
            var outputs: [Output] = []
            for source in sources {
                let units = try await self.units(of: source, tenant: tenant, context: context)
                if units?.isEmpty == true {
                    if !self.json { Swift.print("\(source.integration.name): nothing failed the last time") }
                    continue
                }
                outputs.append(try await self.sync(source, only: units, tenant: tenant, context: context))
            }
            if self.json { try Terminal.printJSON(outputs) }
            if outputs.contains(where: { !$0.failures.isEmpty }) { throw ExitCode.failure }
        }
    }

    /// What to try; nil for all there is.
    private func units(of source: Source, tenant: Tenant, context: Context) async throws -> Set<String>? {
        guard self.retryFailed else { return nil }
        let failed = try await context.store.failedUnits(tenant: tenant.id, limit: 100_000)
        return Set(failed.filter { $0.integration == source.integration.name }.map(\.identity))
    }

    private func sync(_ source: Source, only units: Set<String>?, tenant: Tenant, context: Context) async throws -> Output {
        let job: JobKind = self.kind == .github ? .github : .jira
        let channel = job.channel
        try await self.refuseBesides(job, of: source, tenant: tenant, context: context)
        let run = try await context.store.startRun(
            tenant: tenant.id,
            integration: source.integration.id,
            jobName: job.rawValue,
            channel: channel,
            total: nil
        )
        let processorSecondsBefore = ProcessUse.processorSeconds
        let bar = ProgressBar(source.integration.name)
        let meter = SyncMeter()
        let report = await source.sync(only: units, isSweeping: self.sweep) { progress in
            switch progress {
            case .page(let unit, let rows, _, _):
                bar.show(done: meter.add(rows), total: 0, detail: "rows  \(unit)")
            case .waiting(let wait):
                bar.show(done: meter.rows, total: 0, detail: "waiting \(Int(wait.seconds)) s: \(wait.reason)", force: true)
            case .began, .planned, .ended:
                return
            }
        }
        bar.end()
        try await context.writingJournal { await context.assess(source.integration, tenant: tenant.id) }
        let costs = RunCosts(
            requests: report.requests,
            bytes: report.units.reduce(0) { $0 + $1.bytes },
            cpuSeconds: ProcessUse.processorSeconds - processorSecondsBefore
        )
        let result = report.result
        var failures = report.failures.map(\.description)
        switch report.ending {
        case .complete: break
        case .cancelled: failures.append("cancelled")
        case .refused(let error): failures = [error.description]
        case .storeFailed(let reason): failures.append("the database did not take a page: \(reason)")
        }
        let now = RunReference(jobName: run.jobName, channel: run.channel, runID: run.runID, at: Date())
        if failures.isEmpty {
            try await context.store.completeRun(
                JobCompleted(
                    run: now,
                    processed: result.written + result.unchanged,
                    failed: result.rejected,
                    durationSeconds: report.seconds,
                    summary: "\(result.written) rows written, \(result.unchanged) unchanged, \(result.queued) queued"
                ),
                costs: costs,
                tenant: tenant.id
            )
            if units == nil {
                try await context.store.postponeJob(job, tenant: tenant.id, integration: source.integration.id)
            }
        } else {
            try await context.store.failRun(
                JobError(run: now, kind: "sync", message: Self.told(failures, of: report), retryAt: nil),
                costs: costs,
                tenant: tenant.id
            )
            if let failure = Self.failure(of: report) {
                await context.store.learn(
                    fromFailedSync: job,
                    tenant: tenant.id,
                    integration: source.integration.id,
                    named: source.integration.name,
                    kind: failure.kind,
                    message: failure.message
                )
            }
        }
        if !self.json { self.print(report, failures: failures, name: source.integration.name) }
        return Output(
            integration: source.integration.name,
            written: result.written,
            unchanged: result.unchanged,
            queued: result.queued,
            rejected: result.rejected,
            requests: report.requests,
            seconds: report.seconds,
            rows: report.rows,
            failures: failures
        )
    }

    /// What the run's record says, which everybody of the tenant may read. What the database said may name hosts and statements, and
    /// stands at the terminal only.
    private static func told(_ failures: [String], of report: SyncReport) -> String {
        guard case .storeFailed = report.ending else { return failures.joined(separator: "; ") }
        let others = report.failures.filter { $0.kind != .transient }.map(\.description)
        return (others + ["the database did not take a page; whoever ran the sync was told why"]).joined(separator: "; ")
    }

    /// The failure that the memory is to keep; nil where nothing but a person's will ended the sync.
    private static func failure(of report: SyncReport) -> JobFailure? {
        switch report.ending {
        case .complete: report.failures.first.map { JobFailure($0) }
        case .cancelled: nil
        case .refused(let error): JobFailure(error)
        case .storeFailed: JobFailure(.database, "the database did not take a page")
        }
    }

    /// Two at once would fetch everything twice.
    private func refuseBesides(_ job: JobKind, of source: Source, tenant: Tenant, context: Context) async throws {
        let jobs = try await context.store.jobs(tenant: tenant.id, named: job.rawValue)
        guard jobs.contains(where: { $0.integration == source.integration.id && $0.isOwned && $0.isAlive }) else { return }
        throw Failure(
            "\(job.rawValue) of \(source.integration.name) is being run by `pulse serve`; see `pulse jobs`, or stop it with "
                + "`pulse jobs stop \(job.rawValue)`"
        )
    }

    private func print(_ report: SyncReport, failures: [String], name: String) {
        let result = report.result
        Swift.print(
            "\(name): \(Terminal.count(result.written)) rows written, \(Terminal.count(result.unchanged)) unchanged, "
                + "\(Terminal.count(result.queued)) queued; \(Terminal.count(report.requests)) requests in "
                + Terminal.duration(report.seconds)
        )
        if result.rejected > 0 {
            Swift.print("  \(result.rejected) records could not be taken; `pulse failures` lists them")
        }
        for failure in failures { Swift.print("  \(Terminal.styled("failed", .red)) \(failure)") }
    }
}
