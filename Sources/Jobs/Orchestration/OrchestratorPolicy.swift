public import PulseModel
public import Store

/// The numbers of an orchestrator.
public struct OrchestratorPolicy: Sendable, Equatable {
    /// Jobs that one process runs at once; `sleep_job` has places of its own beside them. One that waits for a source's limit takes no
    /// place.
    public var concurrency = 8
    /// How many times as many jobs there are at most, with those that wait.
    public var waitingFactor = 4
    /// Tenants whose `sleep_job` one process runs at once: one of them may be slow.
    public var upkeepPlaces = 3
    /// Places that one tenant cannot take: what others have due finds one.
    public var reserved = 1
    public var tick = Duration.seconds(1)
    public var heartbeat = Duration.seconds(10)
    /// For how long a tenant's jobs are left alone after another transaction held their locks for too long.
    public var lockedRest = Duration.seconds(10)
    public var patience = JobPatience()
    public var retry = RetryDecision.Policy()
    /// How long the memory of failures may take to say what became of such ones.
    public var adviceLimit = Duration.seconds(3)
    /// A job without a page or a word for so long is cancelled and tried again later.
    public var stall = Duration.seconds(30 * 60)
    /// How long running jobs may take to reach their next page when the process is told to stop. What is left then is cancelled and
    /// waits for another process.
    public var grace = Duration.seconds(4)

    public init() {}
}
