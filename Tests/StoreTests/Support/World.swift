import Foundation
import Postgres
import PulseModel
import Store
import TestSupport

/// A tenant in a database of its own, with short ways to write pages and to read what came of them.
struct World: Sendable {
    let database: TestDatabase
    let store: Store
    let tenant: TestTenant

    static func with(_ body: (World) async throws -> Void) async throws {
        try await TestDatabase.with { database in
            let tenant = try await database.tenant()
            try await database.withStore { store in
                try await body(World(database: database, store: store, tenant: tenant))
            }
        }
    }

    /// Minute `minute` of the world. All of it lies in the past.
    static func time(_ minute: Int) -> Date { Date(timeIntervalSince1970: 1_750_000_000 + Double(minute) * 60) }

    static func page(at minute: Int, _ fill: (inout IngestionPage) -> Void) -> IngestionPage {
        var page = IngestionPage(fetchedAt: Self.time(minute))
        fill(&page)
        return page
    }

    @discardableResult
    func jira(at minute: Int, _ fill: (inout IngestionPage) -> Void) async throws -> IngestionResult {
        try await self.store.write(Self.page(at: minute, fill), tenant: self.tenant.id, integration: self.tenant.jira)
    }

    @discardableResult
    func github(at minute: Int, _ fill: (inout IngestionPage) -> Void) async throws -> IngestionResult {
        try await self.store.write(Self.page(at: minute, fill), tenant: self.tenant.id, integration: self.tenant.github)
    }

    /// As if a worker had worked off everything.
    func drain() async throws { try await self.database.query("DELETE FROM vectorization_queue") }

    /// `table external_id operation` of every queue row, sorted.
    func queued() async throws -> [String] {
        try await self.database.query("SELECT table_name || ' ' || external_id || ' ' || operation FROM vectorization_queue")
            .map { try $0.decode(at: 0, as: String.self) }.sorted()
    }

    /// The live rows of all fifteen tables with everything that they hold, except when they were written.
    func rows() async throws -> [String] {
        let tables = EntityTable.allCases.map { table in
            """
            SELECT '\(table.rawValue) ' || (to_jsonb(t) - 'entity' - 'created_at' - 'last_updated_at' - 'fetched_at')::text
            FROM \(table.rawValue) t WHERE t.deleted_at IS NULL
            """
        }
        return try await self.database.query(tables.joined(separator: " UNION ALL ")).map {
            try $0.decode(at: 0, as: String.self)
        }.sorted()
    }

    func entities(_ table: EntityTable) async throws -> [UUID] {
        try await self.database.query("SELECT entity FROM \(table.rawValue) ORDER BY entity").map { try $0.decode(at: 0) }
    }

    func documents(_ table: EntityTable) async throws -> [EntityRow] {
        try await self.store.documents(tenant: self.tenant.id, table: table, entities: self.entities(table))
            .sorted { $0.externalID < $1.externalID }
    }

    func document(_ table: EntityTable, _ externalID: String) async throws -> EntityDocument? {
        try await self.documents(table).first { $0.externalID == externalID }?.document
    }

    /// Everything that would be indexed.
    func allDocuments() async throws -> [String] {
        var all: [String] = []
        for table in EntityTable.allCases {
            all += try await self.documents(table).map { "\(table.rawValue) \($0.externalID) \($0.document)" }
        }
        return all
    }

    /// `id origin` of the links that stand.
    func links() async throws -> [String] {
        try await self.database.query("SELECT external_id || ' ' || origin FROM wits_prs_links WHERE deleted_at IS NULL")
            .map { try $0.decode(at: 0, as: String.self) }.sorted()
    }
}
