public import Foundation
import Postgres
import Store

/// A tenant with an integration of each kind.
public struct TestTenant: Sendable {
    public let id: UUID
    public let name: String
    public let jira: UUID
    public let github: UUID
}

extension TestDatabase {
    /// Makes a tenant with a Jira and a GitHub integration.
    public func tenant(_ name: String = "acme") async throws -> TestTenant {
        let rows = try await self.query("INSERT INTO tenants (name) VALUES ($1::text) RETURNING id", [.text(name)])
        let id: UUID = try rows[0].decode("id")
        return TestTenant(
            id: id,
            name: name,
            jira: try await self.integration(tenant: id, kind: "jira"),
            github: try await self.integration(tenant: id, kind: "github")
        )
    }

    /// Makes an integration; `name` is its kind where none is given.
    public func integration(tenant: UUID, kind: String, name: String? = nil) async throws -> UUID {
        let rows = try await self.query(
            """
            INSERT INTO integrations (tenant_id, kind, name, base_url, configuration)
            VALUES ($1, $2::text, $3::text, 'https://' || $2::text || '.example', '{}') RETURNING id
            """,
            [.uuid(tenant), .text(kind), .text(name ?? kind)]
        )
        return try rows[0].decode("id")
    }
}
