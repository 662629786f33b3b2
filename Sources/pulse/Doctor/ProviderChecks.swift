import Embedding
import Foundation
import Store

/// The embedding providers: their files, the secrets they need, and the model on this machine.
struct ProviderChecks {
    let context: Context
    let asksDatabase: Bool

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
        for id in await self.idsInUse() {
            do {
                let definition = try self.context.catalog.definition(id)
                let missing = definition.missingReferences(environment: { ProcessInfo.processInfo.environment[$0] })
                if let first = missing.first {
                    findings.append(.bad("provider", "\(id) lacks \(first)", remedy: "set it where the service runs"))
                    continue
                }
                if definition.kind == .onDevice {
                    _ = try await self.context.providers.provider(id)
                    findings.append(.good("provider", "\(id): the model is there, in \(self.context.settings.modelDirectory)"))
                } else {
                    findings.append(.good("provider", "\(id): its file is good; `pulse provider test \(id)` asks it"))
                }
            } catch {
                findings.append(
                    .bad("provider", "\(error)", remedy: "Scripts/setup fetches the model; see Providers/ for the files")
                )
            }
        }
        return findings
    }

    /// The installation's own choice, and those of its tenants' spaces.
    private func idsInUse() async -> [String] {
        var ids: Set<String> = [self.context.settings.provider]
        if self.asksDatabase, let tenants = try? await self.context.store.tenantRecords() {
            for tenant in tenants where tenant.isActive {
                // A tenant's own providers are its own business: their ids hold a slash.
                if let space = try? await self.context.store.liveSpace(tenant: tenant.id), !space.provider.contains("/") {
                    ids.insert(space.provider)
                }
            }
        }
        return ids.sorted()
    }
}
