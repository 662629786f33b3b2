import Foundation
import Postgres
import PulseModel

/// The configuration tables: what is derived, and what a person sets.
extension Ingestion {
    mutating func deriveConfiguration(_ page: IngestionPage) async throws {
        // Lists that a newer page has overtaken prove nothing any more.
        let newer = try await self.connection.query(
            """
            SELECT 1 FROM wits WHERE tenant_id = $1 AND integration_id = $2 AND fetched_at > $3
            UNION ALL
            SELECT 1 FROM statuses WHERE tenant_id = $1 AND integration_id = $2 AND fetched_at > $3
            LIMIT 1
            """,
            [.uuid(self.tenant), .uuid(self.integration), .timestamp(self.writer.fetchedAt)]
        )
        guard newer.isEmpty else { return }
        let projects = try await self.connection.query(
            "SELECT stable_id, key FROM projects WHERE tenant_id = $1 AND integration_id = $2",
            [.uuid(self.tenant), .uuid(self.integration)]
        )
        var keys: [String: String] = [:]
        for row in projects { keys[try row.decode("stable_id")] = try row.decode("key", as: String.self) }
        let defaults = ConfigurationDefaults(types: page.workItemTypes, statuses: page.statuses, projectKeys: keys)
        try await self.replaceDerived(defaults.levels)
        try await self.replaceDerived(defaults.typeMappings)
        let mappings = try await self.replaceDerived(defaults.statusMappings)
        let steps = try await self.replaceDerived(page.workflowSteps + defaults.steps)
        try await self.updateFlow(mappings: mappings, steps: steps)
    }

    /// What statuses count as decides when work began and ended.
    private func updateFlow(mappings: [ChangedEntity], steps: [ChangedEntity]) async throws {
        if steps.isEmpty {
            // A mapping is known as `project/status`.
            let names = mappings.map { String($0.stableID.drop { $0 != "/" }.dropFirst()) }
            try await self.updateFlow(ofStatusesNamed: Set(names))
        } else {
            try await self.updateFlowOfAll()
        }
    }

    /// Writes what can be derived now, and removes what could be before; rows that a person has set stay.
    ///
    /// - Returns: the rows that changed.
    @discardableResult
    mutating func replaceDerived<E: StoredEntity>(_ rows: [E]) async throws -> [ChangedEntity] {
        let written = try await self.writeAndEnqueue(rows)
        let vanished = try await self.connection.query(
            """
            SELECT t.entity FROM \(E.table.rawValue) t
            WHERE t.tenant_id = $1 AND t.integration_id = $2 AND t.origin = 'derived' AND t.deleted_at IS NULL
              AND NOT t.entity = ANY ($3::uuid[])
            """,
            [.uuid(self.tenant), .uuid(self.integration), .uuids(rows.map { self.writer.id(of: $0) })]
        ).map { try $0.decode("entity", as: UUID.self) }
        let deleted = try await self.writer.delete(E.self, vanished)
        self.result.written += deleted.count
        try await self.enqueue(deleted, of: E.table, integration: self.integration)
        return written + deleted
    }

    /// Rows that a person sets.
    mutating func setByHand(
        types: [TypeMapping],
        statuses: [StatusMapping],
        steps: [WorkflowStep]
    ) async throws -> IngestionResult {
        try await Self.waitForOthers(tenant: self.tenant, connection: self.connection)
        self.writer = self.writer(for: self.integration, at: try await self.derivationTime())
        self.writer.isManual = true
        try await self.writeAndEnqueue(types)
        let mappings = try await self.writeAndEnqueue(statuses)
        try await self.updateFlow(mappings: mappings, steps: try await self.writeAndEnqueue(steps))
        if self.result.queued > 0 { try await self.connection.query(QueueSQL.notify) }
        return self.result
    }
}
