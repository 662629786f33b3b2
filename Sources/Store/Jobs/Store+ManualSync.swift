public import Foundation
import Postgres
public import PulseModel

extension Store {
    /// A sync by hand has gone through: the job is next due an interval from now. Its state stays.
    public func postponeJob(_ kind: JobKind, tenant: UUID, integration: UUID) async throws {
        try await self.ensureJobs(tenant: tenant)
        try await self.inTenant(tenant) { connection in
            try await connection.query(
                """
                UPDATE etl_jobs
                SET next_run_at = now() + make_interval(secs => interval_seconds), last_success_at = now(), updated_at = now()
                WHERE tenant_id = $1 AND integration_id = $2 AND job_name = $3::text AND status IN ('NOT_STARTED', 'FINISHED')
                """,
                [.uuid(tenant), .uuid(integration), .text(kind.rawValue)]
            )
            return ()
        }
        // What the memory has to say is no reason for a sync to fail.
        _ = try? await self.resolveFailures(
            subjects: [LearnedFailure.subject(ofJob: kind, integration: integration)],
            how: "a sync by hand ran through",
            tenant: tenant
        )
    }
}
