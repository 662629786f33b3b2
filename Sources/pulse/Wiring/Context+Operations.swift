import AIOps
import Embedding
import Foundation
import Jobs
import PulseModel
import Store
import Vectorization

extension Context {
    /// The memory of failures. Their texts are embedded as the tenant's own are: on this machine, unless the tenant has chosen
    /// otherwise.
    var memory: LearningMemory {
        LearningMemory(store: self.store, logger: self.logger) { tenant in
            let space = try await self.store.liveSpace(tenant: tenant)
            return FailureVectors(try await self.allProviders.provider(space?.provider ?? self.settings.provider))
        }
    }

    var journalWriter: JournalWriter { JournalWriter(journal: self.journal, store: self.store, logger: self.logger) }

    /// Writes what the journal gathers while `body` works, and the rest at its end.
    func writingJournal<R>(_ body: () async throws -> R) async throws -> R {
        let writer = self.journalWriter
        let writing = Task { try await writer.run() }
        let result: Result<R, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        writing.cancel()
        _ = await writing.result
        await writer.flush()
        return try result.get()
    }

    /// What `sleep_job` asks of the parts that a tenant needs.
    func probes(tenant: UUID) async throws -> [HealthProbe] {
        var probes = [HealthProbe("qdrant") { _ = try await self.qdrant.version() }]
        if let space = try await self.store.liveSpace(tenant: tenant) {
            probes.append(
                HealthProbe("provider \(space.provider)") {
                    _ = try await self.allProviders.alone(space.provider).embed(["health"], as: .query)
                }
            )
        }
        for integration in try await self.store.integrations(tenant: tenant) {
            probes.append(
                HealthProbe("source \(integration.name)") {
                    try await Source(
                        integration,
                        tenant: tenant,
                        store: self.store,
                        secrets: try await self.secrets(for: integration.configuration, of: tenant),
                        isBrief: true,
                        context: self
                    ).test()
                }
            )
        }
        return probes
    }

    /// What `sleep_job` has other stages do.
    func upkeepTasks() -> [UpkeepTask] {
        [
            UpkeepTask("anomalies") { tenant in
                let report = try await AnomalyWatch(store: self.store).look(tenant: tenant)
                return RunStep(
                    "",
                    count: report.judged,
                    detail: "\(report.judged) series judged, \(report.open) out of the ordinary, \(report.resolved) recovered"
                )
            },
            UpkeepTask("audit", needing: "qdrant") { tenant in
                let audit = IndexAudit(store: self.store, indexes: self.indexes, qdrant: self.qdrant)
                let report = try await audit.sample(tenant: tenant, count: 60)
                let faults = report.tables.reduce(0) { $0 + $1.wrong }
                let detail =
                    faults == 0
                    ? "\(report.sampled) entities compared with their points"
                    : "\(faults) of \(report.sampled) entities differ from their points; \(report.repaired) are mended; "
                        + "`pulse audit` compares all"
                return RunStep("", count: report.sampled, failed: faults, detail: detail)
            },
        ]
    }
}
