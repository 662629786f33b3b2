public import Foundation
import Postgres
public import PulseModel

extension Store {
    /// The tenant's levels, type mappings, status mappings and workflow steps.
    public func configuration(tenant: UUID) async throws -> [ConfigurationRow] {
        try await self.inTenant(tenant) { connection in
            try await connection.query(
                """
                SELECT c.kind, i.name AS integration, c.project, c.source, c.target, c.detail, c.origin
                FROM (
                    SELECT 1 AS place, 'level' AS kind, integration_id, NULL AS project, level_number::text AS source,
                        level_name AS target, coalesce(description, '') AS detail, origin, level_number AS number
                    FROM wits_hierarchies WHERE tenant_id = $1 AND deleted_at IS NULL
                    UNION ALL
                    SELECT 2, 'type', integration_id, NULL, wit_from, wit_to, 'level ' || level_number, origin, 0
                    FROM wits_mappings WHERE tenant_id = $1 AND deleted_at IS NULL
                    UNION ALL
                    SELECT 3, 'status', integration_id, project, status_from, status_to, status_category, origin, 0
                    FROM statuses_mappings WHERE tenant_id = $1 AND deleted_at IS NULL
                    UNION ALL
                    SELECT 4, 'step', integration_id, NULL, workflow || '/' || step_name, step_category,
                        CASE WHEN is_commitment_point THEN 'commitment point' ELSE '' END, origin, step_number
                    FROM workflows WHERE tenant_id = $1 AND deleted_at IS NULL
                ) c
                JOIN integrations i ON i.tenant_id = $1 AND i.id = c.integration_id
                ORDER BY i.name, c.place, c.number, c.project, c.source
                """,
                [.uuid(tenant)]
            ).map { row in
                try ConfigurationRow(
                    kind: row.decode("kind"),
                    integration: row.decode("integration"),
                    project: row.decode("project"),
                    from: row.decode("source"),
                    to: row.decode("target"),
                    detail: row.decode("detail"),
                    isManual: row.decode("origin", as: String.self) == "manual"
                )
            }
        }
    }

    /// Sets configuration rows by a person's hand: what Pulse derives leaves them alone from then on. Documents that show them
    /// are queued in the same transaction.
    public func setConfiguration(
        tenant: UUID,
        integration: UUID,
        types: [TypeMapping] = [],
        statuses: [StatusMapping] = [],
        steps: [WorkflowStep] = []
    ) async throws -> IngestionResult {
        try await self.inTenantInserting(tenant) { connection in
            var ingestion = Ingestion(connection: connection, tenant: tenant, integration: integration, fetchedAt: Date())
            return try await ingestion.setByHand(types: types, statuses: statuses, steps: steps)
        }
    }

    /// Gives a row back to Pulse: the next sync derives it again.
    ///
    /// - Parameter name: the type's or status's name, or `workflow/step`.
    /// - Returns: whether a person had set such a row.
    public func releaseConfiguration(
        tenant: UUID,
        integration: UUID,
        table: EntityTable,
        externalID: String
    ) async throws -> Bool {
        guard [.witsMappings, .statusesMappings, .workflows, .witsHierarchies].contains(table) else { return false }
        return try await self.inTenant(tenant) { connection in
            let rows = try await connection.query(
                """
                UPDATE \(table.rawValue) SET origin = 'derived', last_updated_at = now()
                WHERE tenant_id = $1 AND integration_id = $2 AND external_id = $3::text AND origin = 'manual'
                """,
                [.uuid(tenant), .uuid(integration), .text(externalID)]
            )
            return rows.affectedRows > 0
        }
    }
}
