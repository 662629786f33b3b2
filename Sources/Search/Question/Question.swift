import Qdrant

/// A question as the index understands it.
struct Question: Sendable {
    struct Part: Sendable {
        /// Nil where meaning is not asked for, or cannot be.
        var dense: [Float]?
        /// Nil where words are not asked for, or the part has none that count.
        var lexical: SparseVector?
    }

    var parts: [Part]
    /// What words count beside meaning, 0 to 1.
    var lexicalWeight: Double
    /// Why a half is missing that should be there.
    var degraded: String?
    /// Of the first lists; later ones are measured by them too.
    var scales: [Fusion.Scales]?
}
