public import Foundation
public import PulseModel

/// One run of a job, as the history shows it.
public struct JobRun: Sendable, Equatable {
    public var id: UUID
    public var job: String
    /// The integration's name.
    public var integration: String?
    /// `RUNNING`, `FINISHED`, `ERROR` or `PAUSED`.
    public var state: String
    public var startedAt: Date
    public var finishedAt: Date?
    /// Rows.
    public var processed: Int
    public var failed: Int
    public var costs: RunCosts
    public var summary: String?
    public var errorKind: String?
    public var errorMessage: String?
    /// What is done about the error, and why.
    public var recoveryReason: String?
    public var steps: [RunStep]

    /// Seconds; of a run under way, so far.
    public var duration: Double { (self.finishedAt ?? Date()).timeIntervalSince(self.startedAt) }
}
