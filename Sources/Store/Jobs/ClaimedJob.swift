public import Foundation
public import PulseModel

/// A job that an orchestrator has taken up, with the run that it has opened.
public struct ClaimedJob: Sendable, Equatable {
    public var id: UUID
    public var kind: JobKind
    public var tenant: UUID
    public var integration: UUID?
    public var integrationName: String?
    public var fence: RunFence
    public var run: RunReference
    /// Failures in a row before this run.
    public var failures: Int

    /// What the learning memory knows the job by.
    var subject: String { LearnedFailure.subject(ofJob: self.kind, integration: self.integration) }
}
