public import PulseModel

/// What a person can ask of a job.
public enum JobCommand: String, Sendable, CaseIterable {
    case start
    case stop
    case pause
    case resume

    /// Whether it can be forced.
    public var canBeForced: Bool { self == .start || self == .stop }

    /// - Parameter force: means nothing for commands that cannot be forced.
    public func transition(force: Bool) -> JobTransition {
        switch self {
        case .start: force ? .forceStart : .start
        case .stop: force ? .forceStop : .stop
        case .pause: .pause
        case .resume: .resume
        }
    }
}
