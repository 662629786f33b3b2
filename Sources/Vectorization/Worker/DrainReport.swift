/// What working the queue off came to.
public struct DrainReport: Sendable, Equatable {
    public var done = 0
    public var failed = 0
    /// Rows whose lease had gone to another process, and which were put back.
    public var refused = 0
    public var chunks = 0
    public var reused = 0
    public var embedded = 0
    public var tokens = 0
    public var seconds = 0.0
    /// Of each kind of failure one reason, as the last pass gave it.
    public var reasons: [String: String] = [:]

    mutating func add(_ report: PassReport) {
        self.done += report.summary.done
        self.failed += report.summary.failed
        self.refused += report.summary.refused
        self.chunks += report.chunks
        self.reused += report.reused
        self.embedded += report.embedded
        self.tokens += report.tokens
        self.reasons.merge(report.reasons) { $1 }
    }

    static func += (left: inout Self, right: Self) {
        left.done += right.done
        left.failed += right.failed
        left.refused += right.refused
        left.chunks += right.chunks
        left.reused += right.reused
        left.embedded += right.embedded
        left.tokens += right.tokens
        left.reasons.merge(right.reasons) { $1 }
    }
}

extension Duration {
    var inSeconds: Double { Double(self.components.seconds) + Double(self.components.attoseconds) * 1e-18 }
}
