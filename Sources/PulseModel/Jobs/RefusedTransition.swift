/// A transition that a job's state does not allow.
public struct RefusedTransition: Error, Sendable, Equatable, CustomStringConvertible {
    public var state: JobState
    public var transition: JobTransition

    public init(state: JobState, transition: JobTransition) {
        self.state = state
        self.transition = transition
    }

    /// Why, and what would do instead.
    public var description: String {
        switch (self.transition, self.state) {
        case (.start, .pending): "it is started already and waits for a process to run it"
        case (.start, .running): "it is running"
        case (.start, .error): "it has failed and comes back by itself at its retry time; force the start to run it now"
        case (.start, .paused): "it is paused; resume it"
        case (.pause, .notStarted), (.stop, .notStarted):
            "it has never been started; there is nothing to \(self.transition.rawValue)"
        case (.pause, .finished), (.stop, .finished): "it has finished; there is nothing to \(self.transition.rawValue)"
        case (.pause, .paused), (.stop, .paused): "it is paused already"
        case (.resume, .notStarted), (.resume, .finished): "it is not paused; start it"
        case (.resume, .pending): "it is not paused; it waits for a process to run it"
        case (.resume, .running): "it is not paused; it is running"
        case (.resume, .error): "it is not paused; it has failed and comes back at its retry time, or at once with a forced start"
        case (.forceStart, .running): "it is running; stop it first"
        default: "cannot \(self.transition.rawValue) a job that is \(self.state.rawValue)"
        }
    }
}
