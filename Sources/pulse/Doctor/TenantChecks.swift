import Foundation
import PulseModel
import Store

/// Each tenant: whether its secrets can be read, its sources accept them, its jobs go on, and its rows come into the index.
struct TenantChecks {
    let context: Context
    /// Whether to ask GitHub and Jira.
    let asksSources: Bool

    func findings() async -> [Finding] {
        var findings: [Finding] = []
        do {
            let tenants = try await self.context.store.tenantRecords()
            for tenant in tenants where tenant.isActive { findings += await self.findings(of: tenant) }
            if tenants.isEmpty {
                findings.append(.doubtful("tenants", "there are none", remedy: "`pulse tenant create NAME` makes one"))
            }
        } catch {
            findings.append(.bad("tenants", "they cannot be looked at: \(error)", remedy: "see the database's log"))
        }
        return findings
    }

    private func findings(of record: TenantRecord) async -> [Finding] {
        let subject = "tenant \(record.name)"
        var findings: [Finding] = []
        do {
            let cipher = try self.context.settings.vaultCipher
            _ = try await self.context.store.secretValues(tenant: record.id, cipher: cipher)
        } catch {
            findings.append(.bad(subject, "\(error)", remedy: "mend PULSE_ENCRYPTION_KEY or PULSE_ENCRYPTION_KEYS_OLD"))
        }
        do {
            let integrations = try await self.context.store.integrations(tenant: record.id)
            if !self.asksSources, !integrations.isEmpty {
                findings.append(.good(subject, "sources not checked (--offline)"))
            } else {
                let served = ServedIntegrations(context: self.context)
                for integration in integrations {
                    let reason = await served.test(integration, tenant: Tenant(id: record.id, name: record.name))
                    findings.append(
                        reason.map {
                            .bad(
                                subject,
                                "\(integration.name): \($0)",
                                remedy: "mend it, then `pulse integration test -t \(record.name)`"
                            )
                        } ?? .good(subject, "\(integration.name): credentials accepted")
                    )
                }
            }
            for job in try await self.context.store.jobs(tenant: record.id) where job.state == .error {
                findings.append(
                    .doubtful(
                        subject,
                        "\(job.kind.rawValue) failed: \(job.errorMessage ?? job.errorKind ?? "no reason given")",
                        remedy: job.nextRunAt == nil
                            ? "mend the cause, then `pulse jobs start \(job.kind.rawValue) --force -t \(record.name)`"
                            : "it is tried again by itself; `pulse jobs -t \(record.name)` says when"
                    )
                )
            }
            if let halt = try await self.context.store.halt(tenant: record.id) {
                findings.append(
                    .doubtful(
                        subject,
                        "jobs are halted by \(halt.by)'s emergency stop",
                        remedy: "`pulse jobs start-orchestrator` ends it"
                    )
                )
            }
            findings += try await self.vectorization(of: record)
        } catch {
            findings.append(.bad(subject, "it cannot be looked at: \(error)", remedy: "see the database's log"))
        }
        return findings.isEmpty ? [.good(subject, "all is well")] : findings
    }

    /// Rows that do not come into the index as they should.
    private func vectorization(of record: TenantRecord) async throws -> [Finding] {
        let subject = "tenant \(record.name)"
        let store = self.context.store
        var findings: [Finding] = []
        if try await store.isVectorizationPaused(tenant: record.id) {
            findings.append(
                .doubtful(
                    subject,
                    "its vectorization is paused: no row of it comes into the index",
                    remedy: "`pulse jobs resume vectorization_job -t \(record.name)`"
                )
            )
        }
        let failed = try await store.queueCounts(tenant: record.id).reduce(0) { $0 + $1.failed }
        if failed > 0 {
            findings.append(
                .doubtful(subject, "\(failed) rows were given up", remedy: "`pulse failures -t \(record.name)` says why")
            )
        }
        let delays = try await store.delays(tenant: record.id)
        let held = delays.filter { $0.kind == FailureKind.configuration.rawValue }
        for (reason, held) in Dictionary(grouping: held, by: { $0.reason ?? "no reason given" }).sorted(by: { $0.key < $1.key }) {
            findings.append(
                .bad(
                    subject,
                    "\(held.reduce(0) { $0 + $1.rows }) rows wait until the configuration is mended: \(reason)",
                    remedy: "mend it; they go on by themselves within minutes"
                )
            )
        }
        let tried = delays.reduce(0) { $0 + $1.rows } - held.reduce(0) { $0 + $1.rows }
        if tried > 0 {
            findings.append(
                .doubtful(
                    subject,
                    "\(tried) rows have failed and are tried again by themselves",
                    remedy: "`pulse failures -t \(record.name)` says why and when"
                )
            )
        }
        return findings
    }
}
