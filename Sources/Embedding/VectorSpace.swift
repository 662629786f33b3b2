/// Vectors of one space can be compared with each other, and with no others: one model, dimension, task convention and
/// normalization.
public struct VectorSpace: Sendable, Hashable {
    /// How vectors are compared.
    public enum Metric: String, Sendable, CaseIterable {
        /// By their angle; their lengths say nothing.
        case cosine
        case dot
    }

    /// As the provider file declares it; lower-case letters, digits, `.`, `_`, `-`.
    public var name: String
    public var dimensions: Int
    public var metric: Metric

    public init(name: String, dimensions: Int, metric: Metric = .cosine) {
        self.name = name
        self.dimensions = dimensions
        self.metric = metric
    }
}
