public import PulseModel
public import Store

/// What a run that came to its end has done.
public struct JobOutcome: Sendable, Equatable {
    /// For a person, one line.
    public var summary: String
    /// Nil where the pages and ``JobContext/count(requests:bytes:)`` say it.
    public var tally: RunTally?
    /// What it consisted of, for the history; empty where ``JobContext/keep(_:)`` says it.
    public var steps: [RunStep]

    public init(summary: String, tally: RunTally? = nil, steps: [RunStep] = []) {
        self.summary = summary
        self.tally = tally
        self.steps = steps
    }
}
