/// Where a job stands. What may follow is told by ``after(_:)``; nothing else changes a job's state.
public enum JobState: String, Sendable, CaseIterable, Codable {
    case notStarted = "NOT_STARTED"
    /// Started, and waiting for a process to run it.
    case pending = "PENDING"
    case running = "RUNNING"
    case finished = "FINISHED"
    case error = "ERROR"
    case paused = "PAUSED"

    /// - Returns: the state that `transition` leads to from this one.
    /// - Throws: ``RefusedTransition`` where it leads nowhere, with the reason.
    public func after(_ transition: JobTransition) throws(RefusedTransition) -> JobState {
        switch (transition, self) {
        case (.start, .notStarted), (.start, .finished): .pending
        case (.schedule, .pending): .running
        case (.finish, .running): .finished
        case (.fail, .running): .error
        case (.retry, .error): .running
        case (.release, .running): .pending
        case (.pause, .pending), (.pause, .running), (.pause, .error): .paused
        case (.stop, .pending), (.stop, .running), (.stop, .error): .paused
        case (.resume, .paused): .running
        case (.forceStart, .notStarted), (.forceStart, .pending), (.forceStart, .finished), (.forceStart, .error),
            (.forceStart, .paused):
            .pending
        case (.forceStop, _), (.emergencyStop, _): .paused
        default: throw RefusedTransition(state: self, transition: transition)
        }
    }
}
