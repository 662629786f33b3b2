import Embedding

/// How many rows of a tenant are claimed at once, so that the requests to its provider are full: one request's texts, or as many
/// requests as the usual claim begins.
///
/// A row has one text as a rule; what a claim has more is packed into further requests. A claim's vectors and documents are in memory
/// together, so it ends at some megabytes of them.
enum ClaimSize {
    /// Of one claim's vectors, as floats.
    private static let vectorBytes = 4 << 20
    /// More would hold its rows back from other workers for long.
    private static let most = 2_048

    static func rows(limits: EmbeddingLimits, dimensions: Int, usual: Int) -> Int {
        let items = max(1, limits.items)
        let full = items >= usual ? items : (usual + items - 1) / items * items
        return max(usual, min(full, self.most, self.vectorBytes / (4 * max(1, dimensions))))
    }
}
