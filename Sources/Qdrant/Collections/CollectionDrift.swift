/// One way in which a collection is not as its layout says.
public struct CollectionDrift: Sendable, Equatable, CustomStringConvertible {
    public enum Kind: String, Sendable, CaseIterable {
        /// Mended by ``QdrantClient/ensureCollection(_:)``.
        case missingIndex
        /// An index of another type: delete it, then ensure the collection again.
        case differentIndex
        /// Vectors of another size, distance or kind: points must be written to a new collection.
        case differentVector
    }

    public var kind: Kind
    public var description: String

    init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }
}
