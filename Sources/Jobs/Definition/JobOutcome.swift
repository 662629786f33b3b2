public import Store

/// What a run that came to its end has done.
public struct JobOutcome: Sendable, Equatable {
    /// For a person, one line.
    public var summary: String
    /// Nil where the pages and ``JobContext/count(requests:bytes:)`` say it.
    public var tally: RunTally?

    public init(summary: String, tally: RunTally? = nil) {
        self.summary = summary
        self.tally = tally
    }
}
