import Foundation
import Postgres
import Store
import TestSupport

@testable import Connectors

/// A played Jira site beside a database of its own.
struct JiraDatabase: Sendable {
    let fake: FakeJira
    let database: TestDatabase
    let store: Store
    let tenant: TestTenant
    let time: FakeTime

    /// - Parameter seconds: how far the site's clock is ahead. Sweeps compare it with the database's own, which says when rows were
    ///   made; a replay leaves out what was fetched after it began.
    static func with(
        _ fake: FakeJira,
        ahead seconds: Double = 60,
        _ body: @escaping @Sendable (JiraDatabase) async throws -> Void
    ) async throws {
        try await TestDatabase.with { database in
            let tenant = try await database.tenant()
            try await database.withStore { store in
                let time = FakeTime(Date().addingTimeInterval(seconds))
                try await body(JiraDatabase(fake: fake, database: database, store: store, tenant: tenant, time: time))
            }
        }
    }

    func definition(projects: [String] = []) -> JiraDefinition {
        JiraDefinition(
            baseURL: FakeJira.host,
            email: "a@b.test",
            apiToken: SecretReference(variable: "T"),
            projects: projects
        )
    }

    func sync(projects: [String] = [], isSweeping: Bool = false) async throws -> SyncReport {
        try await self.connector(projects: projects).sync(isSweeping: isSweeping)
    }

    func connector(projects: [String] = []) throws -> JiraConnector {
        try JiraConnector(
            self.definition(projects: projects),
            token: Secret("jira_topsecret"),
            transport: self.fake.transport,
            store: self.store,
            tenant: self.tenant.id,
            integration: self.tenant.jira,
            logger: quiet,
            clock: self.time.clock
        )
    }

    /// Time goes on by a minute.
    func tick() async throws { try await self.time.clock.sleep(.seconds(60)) }

    /// Stable ids of the rows that stand.
    func ids(_ table: String) async throws -> [String] {
        let sql = "SELECT stable_id FROM \(table) WHERE deleted_at IS NULL ORDER BY length(stable_id), stable_id"
        return try await self.database.query(sql).map { try $0.decode(at: 0) }
    }

    /// What all rows of some tables hold, except what tells two moments apart.
    func rows(_ tables: [String]) async throws -> [String] {
        var rows: [String] = []
        for table in tables {
            let isEntity = try await self.database.count(
                "SELECT count(*) FROM information_schema.columns WHERE table_name = $1 AND column_name = 'deleted_at'",
                [.text(table)]
            )
            rows += try await self.database.query(
                """
                SELECT concat('\(table) ', to_jsonb(t) - ARRAY['fetched_at', 'created_at', 'last_updated_at', 'source_updated_at'])
                FROM \(table) t \(isEntity > 0 ? "WHERE deleted_at IS NULL" : "")
                """
            ).map { try $0.decode(at: 0, as: String.self) }.sorted()
        }
        return rows
    }
}
