import Embedding
import Store

/// The probes' memory in the database.
struct StoredProbes: ProbeMemory {
    let store: Store

    func recall(_ key: String) async throws -> ProbeRecord? {
        try await self.store.providerProbe(key).map { ProbeRecord(vectors: $0.vectors, at: $0.at) }
    }

    func remember(_ record: ProbeRecord, for key: String) async throws {
        try await self.store.keepProviderProbe(key, vectors: record.vectors, at: record.at)
    }
}
