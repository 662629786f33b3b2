/// How long a job's process may be silent or disobedient.
public struct JobPatience: Sendable, Equatable {
    /// Without a heartbeat for so long, another process takes the job over.
    public var silence = Duration.seconds(45)
    /// A stop that was not obeyed for so long is made by force.
    public var obedience = Duration.seconds(8)
    /// Processes that stop while they run a job, in a row, before it counts as failed.
    public var crashes = 3

    public init() {}
}
