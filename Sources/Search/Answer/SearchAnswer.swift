/// What a search found.
public struct SearchAnswer: Sendable, Equatable {
    public var hits: [SearchHit]
    /// Why only a part of the search could answer; nil where all did.
    public var degraded: String?
    public var milliseconds: Double

    public init(hits: [SearchHit], degraded: String?, milliseconds: Double) {
        self.hits = hits
        self.degraded = degraded
        self.milliseconds = milliseconds
    }
}
