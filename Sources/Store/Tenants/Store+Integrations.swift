public import Foundation
import Postgres

extension Store {
    /// Keeps an integration under its name, or changes the one of that name, with the secrets that came with it.
    ///
    /// - Parameters:
    ///   - configuration: the file's JSON; secrets stand in it by reference only.
    ///   - secrets: by id; with `cipher` and who keeps them.
    public func saveIntegration(
        tenant: UUID,
        name: String,
        kind: String,
        baseURL: String,
        configuration: String,
        origin: StoredIntegration.Origin = .installation,
        secrets: [String: String] = [:],
        by person: String = "",
        cipher: (any SecretSealing)? = nil
    ) async throws -> UUID {
        let id = try await self.keepIntegration(
            "\(Self.insertion) RETURNING id",
            Self.values(tenant, name, kind, baseURL, configuration, origin),
            tenant: tenant,
            secrets: secrets,
            by: person,
            cipher: cipher
        )
        guard let id else { throw StoreError.notMigrated }
        return id
    }

    /// Keeps a new integration with the secrets that came with it. Of several at once under one name, one is kept.
    ///
    /// - Parameters:
    ///   - configuration: the file's JSON; secrets stand in it by reference only.
    ///   - secrets: by id.
    /// - Returns: nil where an active one has the name; nothing is changed then, no secret either.
    public func createIntegration(
        tenant: UUID,
        name: String,
        kind: String,
        baseURL: String,
        configuration: String,
        origin: StoredIntegration.Origin,
        secrets: [String: String] = [:],
        by person: String,
        cipher: (any SecretSealing)?
    ) async throws -> UUID? {
        try await self.keepIntegration(
            "\(Self.insertion) WHERE NOT i.active RETURNING id",
            Self.values(tenant, name, kind, baseURL, configuration, origin),
            tenant: tenant,
            secrets: secrets,
            by: person,
            cipher: cipher
        )
    }

    /// Both in one transaction: a definition never stands with the secrets of another.
    private func keepIntegration(
        _ statement: String,
        _ values: [PostgresValue],
        tenant: UUID,
        secrets: [String: String],
        by person: String,
        cipher: (any SecretSealing)?
    ) async throws -> UUID? {
        let sealed = try secrets.sorted { $0.key < $1.key }.map { id, value in
            (id: id, value: try Self.seal(value, id: id, tenant: tenant, cipher: cipher))
        }
        return try await self.inTenant(tenant) { connection in
            guard let row = try await connection.query(statement, values).first else { return nil }
            for secret in sealed {
                try await Self.keepSecret(secret.value, id: secret.id, tenant: tenant, by: person, connection: connection)
            }
            return try row.decode("id", as: UUID.self)
        }
    }

    private static let insertion = """
        INSERT INTO integrations AS i (tenant_id, kind, name, base_url, configuration, origin)
        VALUES ($1, $2::text, $3::text, $4::text, $5::text::jsonb, $6::text)
        ON CONFLICT (tenant_id, name) DO UPDATE SET
            kind = excluded.kind, base_url = excluded.base_url, configuration = excluded.configuration, active = true,
            origin = excluded.origin, updated_at = now()
        """

    private static func values(
        _ tenant: UUID,
        _ name: String,
        _ kind: String,
        _ baseURL: String,
        _ configuration: String,
        _ origin: StoredIntegration.Origin
    ) -> [PostgresValue] {
        [.uuid(tenant), .text(kind), .text(name), .text(baseURL), .text(configuration), .text(origin.rawValue)]
    }
}
