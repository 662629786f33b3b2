import ArgumentParser
import Store

/// `--tenant`, of every command that works within one.
struct TenantOption: ParsableArguments {
    @Option(name: [.customLong("tenant"), .customShort("t")], help: "The tenant's name.")
    var name: String

    func find(in store: Store) async throws -> Tenant { try await store.tenant(named: self.name) }
}
