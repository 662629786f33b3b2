/// Vectors of one space can be compared with each other, and with no others: one model, dimension, task convention and
/// normalization.
public struct VectorSpace: Sendable, Hashable {
    /// As the provider file declares it; lower-case letters, digits, `.`, `_`, `-`.
    public var name: String
    public var dimensions: Int

    public init(name: String, dimensions: Int) {
        self.name = name
        self.dimensions = dimensions
    }
}
