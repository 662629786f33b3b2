import Foundation
import HTTPTransport
import HummingbirdTesting
import Postgres
import PulseModel
import Sandbox
import Store
import TestSupport

@testable import Connectors

/// A sandbox's GitHub beside a database of its own.
struct SandboxWorld: Sendable {
    static let base = "http://localhost/github"
    /// The rows of a tenant that a synchronization makes.
    static let tables = [
        "repositories", "prs", "prs_commits", "prs_reviews", "prs_comments", "deployments", "deployment_statuses", "releases",
        "branch_commits",
    ]

    let state: SandboxState
    let transport: SandboxTransport
    let database: TestDatabase
    let store: Store
    let tenant: TestTenant

    static func with(
        _ configuration: SandboxConfiguration = SandboxConfiguration(world: .generated(seed: 7)),
        _ body: @escaping @Sendable (SandboxWorld) async throws -> Void
    ) async throws {
        let sandbox = try SandboxApplication(configuration: configuration)
        try await sandbox.build().test(.router) { client in
            try await TestDatabase.with { database in
                let tenant = try await database.tenant()
                try await database.withStore { store in
                    try await body(
                        SandboxWorld(
                            state: sandbox.state,
                            transport: SandboxTransport(client: client),
                            database: database,
                            store: store,
                            tenant: tenant
                        )
                    )
                }
            }
        }
    }

    func another(_ name: String) async throws -> SandboxWorld {
        SandboxWorld(
            state: self.state,
            transport: SandboxTransport(client: self.transport.client),
            database: self.database,
            store: self.store,
            tenant: try await self.database.tenant(name)
        )
    }

    func definition(
        repositories: [String] = [],
        usesGraphQL: Bool = true,
        sweepHours: Int = 24
    ) -> GitHubDefinition {
        GitHubDefinition(
            baseURL: Self.base,
            organization: "acme",
            repositories: repositories,
            token: SecretReference(variable: "T"),
            usesGraphQL: usesGraphQL,
            sweepHours: sweepHours
        )
    }

    func connector(
        _ definition: GitHubDefinition? = nil,
        tokens: [String] = ["t"],
        time: FakeTime? = nil,
        transport: (any HTTPTransport)? = nil
    ) throws -> GitHubConnector {
        try GitHubConnector(
            definition ?? self.definition(),
            tokens: tokens.map { Secret($0) },
            transport: transport ?? self.transport,
            store: self.store,
            tenant: self.tenant.id,
            integration: self.tenant.github,
            logger: quiet,
            clock: (time ?? FakeTime(Date())).clock
        )
    }

    func sync(_ definition: GitHubDefinition? = nil, isSweeping: Bool = false) async throws -> SyncReport {
        try await self.connector(definition).sync(isSweeping: isSweeping)
    }

    /// Everything that the tenant's rows hold, except what tells two tenants or two moments apart.
    func rows() async throws -> [String] {
        var rows: [String] = []
        for table in Self.tables {
            let condition = EntityTable(rawValue: table) == nil ? "true" : "t.deleted_at IS NULL"
            rows += try await self.database.query(
                """
                SELECT concat('\(table) ', to_jsonb(t) - ARRAY['entity', 'tenant_id', 'integration_id', 'fetched_at', 'created_at',
                    'last_updated_at']) AS row
                FROM \(table) t WHERE tenant_id = $1 AND \(condition)
                """,
                [.uuid(self.tenant.id)]
            ).map { try $0.decode("row", as: String.self) }.sorted()
        }
        return rows
    }

    func count(_ table: String, where condition: String = "deleted_at IS NULL") async throws -> Int {
        try await self.database.count(
            "SELECT count(*) FROM \(table) t WHERE tenant_id = $1 AND \(condition)",
            [.uuid(self.tenant.id)]
        )
    }

    /// `table external_id operation` of every queue row, sorted.
    func queued(where condition: String = "true") async throws -> [String] {
        try await self.database.query(
            """
            SELECT table_name || ' ' || external_id || ' ' || operation AS row FROM vectorization_queue
            WHERE tenant_id = $1 AND \(condition)
            """,
            [.uuid(self.tenant.id)]
        ).map { try $0.decode("row", as: String.self) }.sorted()
    }

    func drain() async throws {
        try await self.database.query("DELETE FROM vectorization_queue WHERE tenant_id = $1", [.uuid(self.tenant.id)])
    }
}
