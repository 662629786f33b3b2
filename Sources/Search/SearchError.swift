/// Why a search has no answer.
public enum SearchError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The request is wrong.
    case invalid(String)
    /// The tenant has no vectors yet.
    case nothingIndexed
    /// A part that the search needs is away. The reason names no hosts; the log has all of it.
    case unavailable(String)

    public var description: String {
        switch self {
        case .invalid(let reason): reason
        case .nothingIndexed:
            "nothing is indexed yet; connect a source with `pulse integration add`, then `pulse sync` and `pulse vectorize`"
        case .unavailable(let reason): "the search cannot answer now: \(reason)"
        }
    }
}
