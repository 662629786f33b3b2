public import Foundation

/// What a client of a progress channel receives.
public enum ProgressMessage: Sendable, Equatable {
    case started(JobStarted)
    case progress(JobProgress)
    case completed(JobCompleted)
    case failed(JobError)
}

/// What every message says of its run.
public struct RunReference: Sendable, Equatable {
    public var jobName: String
    public var channel: ProgressChannel
    public var runID: UUID
    public var at: Date

    public init(jobName: String, channel: ProgressChannel, runID: UUID, at: Date) {
        self.jobName = jobName
        self.channel = channel
        self.runID = runID
        self.at = at
    }
}

/// `job_started`
public struct JobStarted: Sendable, Equatable {
    public var run: RunReference
    public var total: Int?

    public init(run: RunReference, total: Int?) {
        self.run = run
        self.total = total
    }
}

/// `job_progress`
public struct JobProgress: Sendable, Equatable {
    public var run: RunReference
    /// 0 to 100; never less than an earlier one of the same run.
    public var progress: Double
    public var operation: String
    public var processed: Int
    public var total: Int
    public var failed: Int
    /// Rows per second.
    public var rate: Double
    /// Nil where the rate is not yet known.
    public var etaSeconds: Double?
    /// Embeddings per second.
    public var embeddingRate: Double?
    public var ai: AIStatus

    public init(
        run: RunReference,
        progress: Double,
        operation: String,
        processed: Int,
        total: Int,
        failed: Int,
        rate: Double,
        etaSeconds: Double?,
        embeddingRate: Double?,
        ai: AIStatus = AIStatus()
    ) {
        self.run = run
        self.progress = progress
        self.operation = operation
        self.processed = processed
        self.total = total
        self.failed = failed
        self.rate = rate
        self.etaSeconds = etaSeconds
        self.embeddingRate = embeddingRate
        self.ai = ai
    }
}

/// `job_completed`
public struct JobCompleted: Sendable, Equatable {
    public var run: RunReference
    public var processed: Int
    public var failed: Int
    public var durationSeconds: Double
    public var summary: String

    public init(run: RunReference, processed: Int, failed: Int, durationSeconds: Double, summary: String) {
        self.run = run
        self.processed = processed
        self.failed = failed
        self.durationSeconds = durationSeconds
        self.summary = summary
    }
}

/// `job_error`
public struct JobError: Sendable, Equatable {
    public var run: RunReference
    public var kind: String
    public var message: String
    public var retryAt: Date?

    public init(run: RunReference, kind: String, message: String, retryAt: Date?) {
        self.run = run
        self.kind = kind
        self.message = message
        self.retryAt = retryAt
    }
}
