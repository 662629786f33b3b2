public import Foundation
import Postgres

extension Store {
    /// Another provider of the same vector space embeds for the tenant from now on.
    public func changeProvider(to provider: String, tenant: UUID, space: String) async throws {
        try await self.inTenant(tenant) { connection in
            try await connection.query(
                "UPDATE tenant_spaces SET provider = $3::text WHERE tenant_id = $1 AND space = $2::text AND state = 'live'",
                [.uuid(tenant), .text(space), .text(provider)]
            )
            return ()
        }
    }
}
