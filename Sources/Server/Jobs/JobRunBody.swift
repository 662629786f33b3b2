import Foundation
import PulseModel
import Store

/// One run in the JSON of `GET /api/v1/jobs/{job_name}/runs`.
struct JobRunBody: Encodable {
    enum CodingKeys: String, CodingKey {
        case id, job, integration, state, processed, failed, requests, bytes, summary, steps
        case startedAt = "started_at"
        case finishedAt = "finished_at"
        case durationSeconds = "duration_seconds"
        case databaseSeconds = "database_seconds"
        case cpuSeconds = "cpu_seconds"
        case peakMemoryBytes = "peak_memory_bytes"
        case errorKind = "error_kind"
        case errorMessage = "error_message"
        case recoveryReason = "recovery_reason"
    }

    var id: String
    var job: String
    var integration: String?
    var state: String
    var startedAt: Date
    var finishedAt: Date?
    var durationSeconds: Double
    var processed: Int
    var failed: Int
    var requests: Int?
    var bytes: Int?
    var databaseSeconds: Double?
    var cpuSeconds: Double?
    var peakMemoryBytes: Int?
    var summary: String?
    var errorKind: String?
    var errorMessage: String?
    var recoveryReason: String?
    var steps: [RunStep]

    init(_ run: JobRun) {
        self.id = run.id.uuidString.lowercased()
        self.job = run.job
        self.integration = run.integration
        self.state = run.state
        self.startedAt = run.startedAt
        self.finishedAt = run.finishedAt
        self.durationSeconds = Self.rounded(run.duration)
        self.processed = run.processed
        self.failed = run.failed
        self.requests = run.costs.requests
        self.bytes = run.costs.bytes
        self.databaseSeconds = run.costs.databaseSeconds.map(Self.rounded)
        self.cpuSeconds = run.costs.cpuSeconds.map(Self.rounded)
        self.peakMemoryBytes = run.costs.peakMemory
        self.summary = run.summary
        self.errorKind = run.errorKind
        self.errorMessage = run.errorMessage
        self.recoveryReason = run.recoveryReason
        self.steps = run.steps
    }
    private static func rounded(_ seconds: Double) -> Double { (seconds * 1_000).rounded() / 1_000 }
}
