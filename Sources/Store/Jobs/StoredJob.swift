public import Foundation
import Postgres
public import PulseModel

/// A job as its row says it.
public struct StoredJob: Sendable, Equatable {
    /// Something that a person did by force.
    public struct Forced: Sendable, Equatable {
        public var by: String
        public var at: Date
        public var why: String
    }

    public enum Request: String, Sendable {
        case pause
        case stop
    }

    public var id: UUID
    public var kind: JobKind
    public var integration: UUID?
    public var integrationName: String?
    public var state: JobState
    /// Failures in a row.
    public var failures: Int
    public var crashes: Int
    public var nextRunAt: Date?
    public var lastStartedAt: Date?
    public var lastSuccessAt: Date?
    public var errorKind: String?
    public var errorMessage: String?
    public var recoveryTier: RecoveryTier?
    /// Why it is retried when it is, or not.
    public var recoveryReason: String?
    public var intervalSeconds: Int?
    /// The newest run.
    public var run: UUID?
    public var fence: Int
    /// Whether a process runs it at this moment; a `RUNNING` job without one waits to be taken up.
    public var isOwned: Bool
    public var heartbeatAt: Date?
    /// What the running job has been asked and has not yet done.
    public var request: Request?
    public var requestedBy: String?
    public var forced: Forced?
    public var updatedAt: Date

    /// Whether its process has shown life lately.
    public var isAlive: Bool {
        guard let heartbeatAt else { return false }
        return Date().timeIntervalSince(heartbeatAt) < JobPatience().silence.inSeconds
    }

    static let columns = """
        j.id, j.job_name, j.integration_id, i.name AS integration_name, j.status, j.retry_count, j.crashes, j.next_run_at,
        j.last_started_at, j.last_success_at, j.error_kind, j.error_message, j.recovery_tier, j.recovery_reason, j.interval_seconds, j.run_id, j.fence,
        j.owner IS NOT NULL AS owned, j.heartbeat_at, j.request, j.requested_by, j.forced_by, j.forced_at, j.forced_why, j.updated_at
        """

    init(_ row: PostgresRow) throws {
        let name: String = try row.decode("job_name")
        let status: String = try row.decode("status")
        guard let kind = JobKind(rawValue: name), let state = JobState(rawValue: status) else {
            throw JobProblem.unreadable(name: name, state: status)
        }
        self.id = try row.decode("id")
        self.kind = kind
        self.integration = try row.decode("integration_id")
        self.integrationName = try row.decode("integration_name")
        self.state = state
        self.failures = try row.decode("retry_count")
        self.crashes = try row.decode("crashes")
        self.nextRunAt = try row.decode("next_run_at")
        self.lastStartedAt = try row.decode("last_started_at")
        self.lastSuccessAt = try row.decode("last_success_at")
        self.errorKind = try row.decode("error_kind")
        self.errorMessage = try row.decode("error_message")
        self.recoveryTier = try row.decode("recovery_tier", as: String?.self).flatMap(RecoveryTier.init)
        self.recoveryReason = try row.decode("recovery_reason")
        self.intervalSeconds = try row.decode("interval_seconds")
        self.run = try row.decode("run_id")
        self.fence = try row.decode("fence")
        self.isOwned = try row.decode("owned")
        self.heartbeatAt = try row.decode("heartbeat_at")
        self.request = try row.decode("request", as: String?.self).flatMap(Request.init)
        self.requestedBy = try row.decode("requested_by")
        self.updatedAt = try row.decode("updated_at")
        if let by = try row.decode("forced_by", as: String?.self), let at = try row.decode("forced_at", as: Date?.self) {
            self.forced = Forced(by: by, at: at, why: try row.decode("forced_why", as: String?.self) ?? "")
        }
    }
}
