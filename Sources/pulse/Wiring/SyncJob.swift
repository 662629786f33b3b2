import Connectors
import Foundation
import Jobs
import PulseModel
import Store

/// A synchronization as a job of the orchestrator.
struct SyncJob: Job {
    let kind: JobKind
    let context: Context

    func run(_ job: JobContext) async throws -> JobOutcome {
        guard let id = job.integration,
            let integration = try await self.context.store.integrations(tenant: job.tenant).first(where: { $0.id == id })
        else { throw JobFailure(.configuration, "the integration is no longer there") }
        let source = try await self.source(integration, job)
        let meter = SyncMeter()
        let report = await source.sync { progress in
            let share = meter.share(after: progress)
            switch progress {
            case .page(let unit, let rows, _, _): job.report("\(unit): \(meter.add(rows)) rows so far", share: share)
            case .waiting(let wait):
                job.report("\(wait.unit): waiting \(Int(wait.seconds)) s: \(wait.reason)", quietFor: .seconds(wait.seconds))
            case .began(let unit): job.report(unit, share: share)
            case .planned, .ended: return
            }
        }
        job.count(requests: report.requests, bytes: report.units.reduce(0) { $0 + $1.bytes })
        job.keep(Self.steps(of: report))
        await self.context.assess(integration, tenant: job.tenant)
        if case .storeFailed(let reason) = report.ending {
            job.logger.warning("the database did not take a page", metadata: ["error": "\(reason)"])
        }
        return try Self.outcome(of: report)
    }

    /// What a person has to mend is told as it is; a database that falters passes by itself, and its words stay in the log.
    private func source(_ integration: StoredIntegration, _ job: JobContext) async throws -> Source {
        let secrets: [String: String]
        do {
            secrets = try await self.context.secrets(for: integration.configuration, of: job.tenant)
        } catch let error as VaultError {
            throw JobFailure(.configuration, error.description)
        }
        do {
            return try Source(integration, tenant: job.tenant, store: job.store, secrets: secrets, context: self.context)
        } catch {
            throw JobFailure(.configuration, String(describing: error))
        }
    }

    /// A unit that needs a person harms only itself; the job fails where nothing went through, or where trying again helps.
    static func outcome(of report: SyncReport) throws -> JobOutcome {
        switch report.ending {
        case .complete: break
        case .cancelled: throw CancellationError()
        case .refused(let error): throw JobFailure(error)
        // The reason may name hosts or statements, which are not the tenant's to see.
        case .storeFailed: throw JobFailure(.database, "the database did not take a page; the service's log says why")
        }
        let failures = report.failures
        if let failure = report.decisiveFailure {
            var job = JobFailure(failure)
            if failures.count > 1 { job.message += " (and \(failures.count - 1) more of \(report.units.count) units failed)" }
            throw job
        }
        let result = report.result
        var summary = "\(result.written) rows written, \(result.unchanged) unchanged, \(result.queued) queued"
        if !failures.isEmpty { summary += "; \(failures.count) of \(report.units.count) units failed, `pulse failures` says why" }
        return JobOutcome(summary: summary)
    }

    /// A step for each unit that was begun; of very many a hundred, those that failed before the others.
    static func steps(of report: SyncReport) -> [RunStep] {
        let most = 100
        let units =
            report.units.count <= most
            ? report.units : report.units.filter { $0.failure != nil } + report.units.filter { $0.failure == nil }
        return units.prefix(most).map { unit in
            RunStep(
                unit.name,
                count: unit.rows.values.reduce(0, +),
                failed: unit.result.rejected,
                seconds: unit.seconds,
                detail: Self.detail(of: unit, in: report)
            )
        }
    }

    private static func detail(of unit: SyncReport.Unit, in report: SyncReport) -> String {
        guard let failure = unit.failure else {
            return "\(unit.result.written) written, \(unit.pages) pages, \(unit.requests) requests"
        }
        // The reason may name hosts or statements, which are not the tenant's to see.
        if case .storeFailed = report.ending, failure.kind == .transient {
            return "it did not go through; the service's log says why"
        }
        return failure.description
    }
}

extension JobFailure {
    init(_ error: ConnectorError) {
        let kind: JobFailureKind =
            switch error.kind {
            case .transient: .unavailable
            case .rateLimited: .rateLimited
            case .authentication: .authentication
            case .permission: .permission
            case .notFound, .configuration: .configuration
            case .dataFormat: .dataFormat
            }
        self.init(kind, error.description, retryAt: error.retryAt)
    }
}
