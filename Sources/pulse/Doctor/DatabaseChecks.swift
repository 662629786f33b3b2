import Foundation
import Postgres
import Store

/// PostgreSQL: whether it answers, is migrated, and keeps tenants apart; and whether its clock agrees with this machine's.
struct DatabaseChecks {
    let context: Context

    func findings() async -> [Finding] {
        let health: DatabaseHealth
        let started = ContinuousClock.now
        do {
            health = try await self.context.store.health()
        } catch {
            return [
                .bad(
                    "database",
                    "PostgreSQL does not answer: \(Self.reason(error))",
                    remedy:
                        "start it, or correct PULSE_DATABASE_URL; its user must be a member of pulse_app, which `pulse migrate` makes"
                )
            ]
        }
        let elapsed = (ContinuousClock.now - started) / .milliseconds(1)
        var findings: [Finding] = [
            health.version >= 150_000
                ? .good("database", "PostgreSQL \(health.version / 10_000) answers in \(Int(elapsed.rounded(.up))) ms")
                : .bad("database", "PostgreSQL \(health.version / 10_000) is too old", remedy: "use version 15 or newer")
        ]
        findings.append(await self.migrations())
        findings.append(Self.separation(health))
        let apart = abs(health.now.timeIntervalSinceNow)
        findings.append(
            apart < 5 + elapsed / 1_000
                ? .good("clock", "the clocks of this machine and the database agree")
                : .bad(
                    "clock",
                    "the clocks of this machine and the database are \(Int(apart)) s apart",
                    remedy: "let both follow a time server; leases and schedules go by the database's clock"
                )
        )
        if health.hasNoKeys {
            findings.append(
                .doubtful(
                    "keys",
                    "there is no API key yet",
                    remedy:
                        "`pulse tenant create NAME` makes a tenant and its key; `pulse key create --installation` an administrator's"
                )
            )
        }
        return findings
    }

    private func migrations() async -> Finding {
        do {
            let migrator = try Migrator(url: self.context.settings.ownerDatabaseURL)
            let pending = try await migrator.pending(directory: self.context.settings.migrationsDirectory)
            return pending.isEmpty
                ? .good("migrations", "all are applied")
                : .bad(
                    "migrations",
                    "\(pending.count) are not applied, the first is \(pending[0])",
                    remedy: "run `pulse migrate`; running processes may go on meanwhile"
                )
        } catch let error as StoreError {
            return .bad("migrations", error.description, remedy: "use the version of Pulse that the database belongs to")
        } catch {
            return .doubtful(
                "migrations",
                "they cannot be looked at: \(Self.reason(error))",
                remedy: "set PULSE_OWNER_DATABASE_URL to the owner of the tables"
            )
        }
    }

    private static func separation(_ health: DatabaseHealth) -> Finding {
        if health.roleBypassesPolicies {
            return .bad(
                "row-level security",
                "the service works as \(health.role), which bypasses row-level security",
                remedy: "use a user that is a member of pulse_app: ALTER ROLE pulse_app NOSUPERUSER NOBYPASSRLS"
            )
        }
        guard health.openTables.isEmpty else {
            return .bad(
                "row-level security",
                "tables without forced policies: \(health.openTables.joined(separator: ", "))",
                remedy: "ALTER TABLE … FORCE ROW LEVEL SECURITY, and find out who has changed it"
            )
        }
        return .good("row-level security", "the service works as \(health.role), and every tenant table has forced policies")
    }

    private static func reason(_ error: any Error) -> String {
        let text = (error as? PostgresError)?.message ?? "\(error)"
        return text.split(whereSeparator: \.isNewline).first.map(String.init) ?? text
    }
}
