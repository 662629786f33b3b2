public import Foundation
import Postgres

extension Store {
    /// A provider's vectors of the fixed texts, as they were when it last worked.
    public func providerProbe(_ provider: String) async throws -> (vectors: [[Float]], at: Date)? {
        guard let row = try await self.pool.query("SELECT * FROM provider_probe($1::text)", [.text(provider)]).first else {
            return nil
        }
        let vectors: String = try row.decode("vectors")
        return (try JSONDecoder().decode([[Float]].self, from: Data(vectors.utf8)), try row.decode("probed_at"))
    }

    public func keepProviderProbe(_ provider: String, vectors: [[Float]], at: Date) async throws {
        let text = String(decoding: try JSONEncoder().encode(vectors), as: UTF8.self)
        try await self.pool.query(
            "SELECT keep_provider_probe($1::text, $2, $3)",
            [.text(provider), .json(text), .timestamp(at)]
        )
    }
}
