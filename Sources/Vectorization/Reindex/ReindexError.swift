/// Why a tenant stays in the space where it is. Nothing is lost: what has been copied is gone on from.
public enum ReindexError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A person must mend something first.
    case blocked(reason: String)
    case tooManyFailures(failed: Int, allowed: Int, reasons: [String])
    /// The other provider's vectors of the same space are not the same.
    case notTheSameSpace(provider: String, cosine: Double)
    case copiesDiffer(entities: Int)
    /// Its vectors are of another space than the provider's, which only a reindex makes.
    case otherSpace

    public var description: String {
        switch self {
        case .blocked(let reason):
            "the tenant stays in its space, and what was copied is kept: \(reason)"
        case .tooManyFailures(let failed, let allowed, let reasons):
            """
            the tenant stays in its space: \(failed) entities could not be copied, where \(allowed) are allowed \
            (\(reasons.joined(separator: "; "))); mend the cause and run `pulse reindex` again, or allow more with --allow-failures
            """
        case .notTheSameSpace(let provider, let cosine):
            """
            \(provider) declares the tenant's space but makes other vectors (cosine \(Self.figure(cosine)) where 0.999 is the least); \
            give its file a space of its own
            """
        case .copiesDiffer(let entities):
            "the tenant stays in its space: the copies of \(entities) entities are wrong after they were made again; see `pulse audit`"
        case .otherSpace:
            "the tenant's vectors are of another space than the provider's; `pulse reindex` makes those"
        }
    }

    private static func figure(_ value: Double) -> String { "\((value * 10_000).rounded() / 10_000)" }
}
