public import PulseModel

/// Work that an orchestrator runs for one tenant, and one integration where the job has them.
public protocol Job: Sendable {
    /// Which of the jobs this is; the orchestrator runs each `kind` with one `Job`.
    var kind: JobKind { get }

    /// Does the work. It is cancelled when a person stops it, when its run has lost the job to another, or when the process goes; what
    /// it has committed through ``JobContext/store`` stays, and the next run goes on from there.
    ///
    /// - Throws: ``JobFailure``, which decides about the retry; other errors count as transient.
    func run(_ context: JobContext) async throws -> JobOutcome
}
