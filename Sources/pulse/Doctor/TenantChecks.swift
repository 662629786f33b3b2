import Foundation
import Store

/// Each tenant: whether its secrets can be read, its sources let us in, and its jobs go on.
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
        do {
            _ = try await self.context.secrets(of: record.id)
        } catch {
            return [.bad(subject, "\(error)", remedy: "mend PULSE_ENCRYPTION_KEY or PULSE_ENCRYPTION_KEYS_OLD")]
        }
        var findings: [Finding] = []
        do {
            if self.asksSources {
                let served = ServedIntegrations(context: self.context)
                for integration in try await self.context.store.integrations(tenant: record.id) {
                    let reason = await served.test(integration, tenant: Tenant(id: record.id, name: record.name))
                    findings.append(
                        reason.map {
                            .bad(
                                subject,
                                "\(integration.name): \($0)",
                                remedy: "mend it, then `pulse integration test -t \(record.name)`"
                            )
                        } ?? .good(subject, "\(integration.name) lets us in")
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
                        "an emergency stop by \(halt.by) holds its jobs",
                        remedy: "`pulse jobs start-orchestrator` ends it"
                    )
                )
            }
            let failed = try await self.context.store.queueCounts(tenant: record.id).reduce(0) { $0 + $1.failed }
            if failed > 0 {
                findings.append(
                    .doubtful(subject, "\(failed) rows were given up", remedy: "`pulse failures -t \(record.name)` says why")
                )
            }
        } catch {
            findings.append(.bad(subject, "it cannot be looked at: \(error)", remedy: "see the database's log"))
        }
        return findings.isEmpty ? [.good(subject, "all is well")] : findings
    }
}
