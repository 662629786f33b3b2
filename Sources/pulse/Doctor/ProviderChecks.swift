import Embedding
import Foundation
import Jobs
import Store

/// The embedding providers: what is said of them, the secrets they need, the model on this machine, and whether the others answer.
struct ProviderChecks {
    let context: Context
    let asksDatabase: Bool
    /// Whether to have those that are not on this machine embed a word.
    let asksProviders: Bool

    func findings() async -> [Finding] {
        var findings: [Finding] = []
        for file in self.context.catalog.rejected {
            if let keeps = file.keeps {
                findings.append(
                    .doubtful(
                        "provider",
                        "\(file.diagnostics.first?.description ?? file.file)",
                        remedy: "\(keeps) stays in force; `pulse provider validate` says more"
                    )
                )
                continue
            }
            findings.append(
                .bad(
                    "provider",
                    "\(file.file): \(file.diagnostics.first?.description ?? "cannot be used")",
                    remedy: "`pulse provider validate` says more; tenants of it keep waiting until it is mended"
                )
            )
        }
        do {
            let tenants = self.asksDatabase ? try await self.context.store.tenantRecords().filter(\.isActive) : []
            for id in try await self.installed(of: tenants) { findings.append(await self.finding(of: id)) }
            for tenant in tenants { findings += try await self.own(of: tenant) }
        } catch {
            findings.append(.bad("provider", "those in use cannot be looked at: \(error)", remedy: "see the database's log"))
        }
        return findings
    }

    /// The installation's own choice, and those of its files that tenants' spaces are of.
    private func installed(of tenants: [TenantRecord]) async throws -> [String] {
        var ids: Set<String> = [self.context.settings.provider]
        for tenant in tenants {
            guard let space = try await self.context.store.liveSpace(tenant: tenant.id) else { continue }
            if OwnProviderID(space.provider) == nil { ids.insert(space.provider) }
        }
        return ids.sorted()
    }

    private func finding(of id: String) async -> Finding {
        do {
            let definition = try self.context.catalog.definition(id)
            if let missing = definition.missingReferences(environment: { ProcessInfo.processInfo.environment[$0] }).first {
                return .bad("provider", "\(id) lacks \(missing)", remedy: "set it where the service runs")
            }
            if definition.kind == .onDevice {
                _ = try await self.context.providers.provider(id)
                return .good("provider", "\(id): the model is there, in \(self.context.settings.modelDirectory)")
            }
        } catch {
            return .bad("provider", "\(error)", remedy: "Scripts/setup fetches the model; see Providers/ for the files")
        }
        return await self.asked(id, name: id, remedy: "mend it; `pulse provider test \(id)` says whether it works")
    }

    /// Those that the tenant has defined itself.
    private func own(of tenant: TenantRecord) async throws -> [Finding] {
        let stored = try await self.context.store.ownProviders(tenant: tenant.id)
        // Where the vault cannot be read, the tenant's own check says why.
        guard !stored.isEmpty,
            let secrets = try? await self.context.store.secretValues(
                tenant: tenant.id,
                cipher: try self.context.settings.vaultCipher
            )
        else { return [] }
        var findings: [Finding] = []
        for provider in stored {
            let id = OwnProviderID(owner: tenant.id.uuidString.lowercased(), id: provider.id)
            let name = "\(provider.id) of tenant \(tenant.name)"
            do {
                let definition = try await self.context.tenantProviders.definition(id)
                if let missing = definition.missingReferences(environment: { _ in nil }, vault: { secrets[$0] }).first {
                    findings.append(
                        .bad("provider", "\(name) lacks \(missing)", remedy: "the tenant keeps it with PUT /api/v1/secrets")
                    )
                    continue
                }
            } catch {
                findings.append(
                    .bad(
                        "provider",
                        "\(name): \(error)",
                        remedy: "the tenant sends it again with PUT /api/v1/providers/\(provider.id)"
                    )
                )
                continue
            }
            findings.append(
                await self.asked(
                    id.description,
                    name: name,
                    remedy: "the tenant mends it; POST /api/v1/providers/\(provider.id)/test says whether it works"
                )
            )
        }
        return findings
    }

    private func asked(_ id: String, name: String, remedy: String) async -> Finding {
        guard self.asksProviders else { return .good("provider", "\(name): its definition is good; not asked (--offline)") }
        let probe = HealthProbe(name) { _ = try await self.context.allProviders.alone(id).embed(["health"], as: .query) }
        guard let trouble = await probe.trouble(within: .seconds(10)) else { return .good("provider", "\(name) answers") }
        return .bad("provider", "\(name): \(trouble)", remedy: remedy)
    }
}
