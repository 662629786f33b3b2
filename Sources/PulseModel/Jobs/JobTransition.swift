/// What can happen to a job.
public enum JobTransition: String, Sendable, CaseIterable {
    /// A person or the clock wants it to run.
    case start
    /// A process begins to run it.
    case schedule
    case finish
    case fail
    /// A process runs it again after an error.
    case retry
    /// Its process goes away in good order; another one is to go on.
    case release
    /// Ends at the next checkpoint; the work so far stays.
    case pause
    /// Ends within ten seconds; the pages committed so far stay.
    case stop
    case resume
    case forceStart = "force_start"
    /// Ends at once: what its run still writes is refused.
    case forceStop = "force_stop"
    case emergencyStop = "emergency_stop"
}
