public import Foundation
import Postgres

extension Store {
    /// Writes a page within a run: the run must still be the one that holds its job, until the page is committed.
    ///
    /// - Returns: what was written, and whether the job has been asked to pause or to stop.
    /// - Throws: ``RunFenced``, where nothing was written.
    public func write(
        _ page: IngestionPage,
        tenant: UUID,
        integration: UUID,
        run: RunFence
    ) async throws -> (result: IngestionResult, isAskedToEnd: Bool) {
        try await self.inTenantInserting(tenant) { connection in
            // Locks the run's row: who fences it waits for this page, and this page waits for who is fencing.
            let rows = try await connection.query(
                """
                UPDATE job_runs r SET heartbeat_at = now()
                WHERE r.tenant_id = $1 AND r.id = $2 AND r.fence = $3 AND r.state = 'RUNNING'
                RETURNING EXISTS (
                    SELECT FROM etl_jobs j WHERE j.tenant_id = $1 AND j.run_id = r.id AND j.request IS NOT NULL
                ) AS asked
                """,
                [.uuid(tenant), .uuid(run.run), .int(run.number)]
            )
            guard let row = rows.first else { throw RunFenced() }
            let isAskedToEnd: Bool = try row.decode("asked")
            var ingestion = Ingestion(connection: connection, tenant: tenant, integration: integration, fetchedAt: page.fetchedAt)
            return (try await ingestion.write(page), isAskedToEnd)
        }
    }

    /// Records that a unit failed within a run, without moving its position; nothing where the run is over.
    func recordFailure(
        tenant: UUID,
        integration: UUID,
        unit: String,
        kind: String,
        message: String,
        run: RunFence
    ) async throws {
        try await self.inTenant(tenant) { connection in
            try await connection.query(
                """
                INSERT INTO job_checkpoints (tenant_id, integration_id, unit, error_kind, error_message)
                SELECT $1::uuid, $2::uuid, $3::text, $4::text, $5::text
                FROM (
                    SELECT FROM job_runs WHERE tenant_id = $1 AND id = $6 AND fence = $7 AND state = 'RUNNING' FOR UPDATE
                ) held
                ON CONFLICT (tenant_id, integration_id, unit) DO UPDATE SET
                    error_kind = excluded.error_kind, error_message = excluded.error_message, updated_at = now()
                """,
                [
                    .uuid(tenant), .uuid(integration), .text(unit), .text(kind), .text(StorableText.plain(message)),
                    .uuid(run.run),
                    .int(run.number),
                ]
            )
            return ()
        }
    }
}
