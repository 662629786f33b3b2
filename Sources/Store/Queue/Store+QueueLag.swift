public import Foundation
import Postgres

extension Store {
    /// For how many seconds the row that waits longest could have been claimed; 0 where none could.
    public func queueLag(tenant: UUID) async throws -> Double {
        try await self.inTenant(tenant) { connection in
            let rows = try await connection.query(
                """
                SELECT greatest(0, extract(epoch FROM now() - min(available_at)))::double precision AS lag
                FROM vectorization_queue WHERE tenant_id = $1 AND status = 'pending' AND available_at <= now()
                """,
                [.uuid(tenant)]
            )
            return try rows.first?.decode("lag", as: Double?.self) ?? 0
        }
    }
}
