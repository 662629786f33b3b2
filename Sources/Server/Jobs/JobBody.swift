import Foundation
import PulseModel
import Store

/// One job in the JSON of `GET /api/v1/jobs`.
struct JobBody: Encodable {
    enum CodingKeys: String, CodingKey {
        case name, integration, state, failures, request, forced
        case isRunByProcess = "run_by_process"
        case nextRunAt = "next_run_at"
        case lastStartedAt = "last_started_at"
        case lastSuccessAt = "last_success_at"
        case errorKind = "error_kind"
        case errorMessage = "error_message"
        case recoveryTier = "recovery_tier"
        case recoveryReason = "recovery_reason"
        case intervalSeconds = "interval_seconds"
        case runID = "run_id"
        case heartbeatAt = "heartbeat_at"
    }

    struct Asked: Encodable {
        var command: String
        var by: String?
    }

    struct Forced: Encodable {
        var by: String
        var at: Date
        var why: String
    }

    var name: String
    var integration: String?
    var state: String
    /// Whether a process runs it now; a running job without one waits to be taken up.
    var isRunByProcess: Bool
    /// What it was asked and has not yet done.
    var request: Asked?
    var failures: Int
    var nextRunAt: Date?
    var lastStartedAt: Date?
    var lastSuccessAt: Date?
    var errorKind: String?
    var errorMessage: String?
    var recoveryTier: String?
    var recoveryReason: String?
    var intervalSeconds: Int?
    var runID: String?
    var heartbeatAt: Date?
    var forced: Forced?

    init(_ job: StoredJob) {
        self.name = job.kind.rawValue
        self.integration = job.integrationName
        self.state = job.state.rawValue
        self.isRunByProcess = job.isOwned
        self.request = job.request.map { Asked(command: $0.rawValue, by: job.requestedBy) }
        self.failures = job.failures
        self.nextRunAt = job.nextRunAt
        self.lastStartedAt = job.lastStartedAt
        self.lastSuccessAt = job.lastSuccessAt
        self.errorKind = job.errorKind
        self.errorMessage = job.errorMessage
        self.recoveryTier = job.recoveryTier?.rawValue
        self.recoveryReason = job.recoveryReason
        self.intervalSeconds = job.intervalSeconds
        self.runID = job.run.map { $0.uuidString.lowercased() }
        self.heartbeatAt = job.heartbeatAt
        self.forced = job.forced.map { Forced(by: $0.by, at: $0.at, why: $0.why) }
    }
}
