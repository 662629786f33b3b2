/// What a pass over one claimed row came to.
public enum Verdict: Sendable, Equatable {
    /// Qdrant has applied everything.
    case applied
    /// A write may or may not have been applied, or may yet be. Qdrant may have asked to wait before it is asked again.
    case unknown(reason: String, retryAfter: Duration? = nil)
    /// Nothing was written for the row, or all of it was refused.
    case failed(RowFailure)
    /// Nothing was written; the row goes back as it was.
    case released
}

/// Why a row could not be indexed.
public struct RowFailure: Sendable, Equatable {
    public var kind: FailureKind
    /// For a person: what happened and what to do.
    public var reason: String
    /// What was asked to wait, by the provider or Qdrant.
    public var retryAfter: Duration?
    /// Who failed; nil where that is not known.
    public var source: Source?

    /// The parts that a pass needs.
    public enum Source: String, Sendable {
        case provider
        case qdrant
        case database
    }

    public init(_ kind: FailureKind, _ reason: String, retryAfter: Duration? = nil, source: Source? = nil) {
        self.kind = kind
        self.reason = reason
        self.retryAfter = retryAfter
        self.source = source
    }
}
