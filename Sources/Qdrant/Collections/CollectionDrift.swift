/// One way in which a collection is not as its layout says.
public struct CollectionDrift: Sendable, Equatable, CustomStringConvertible {
    public enum Kind: String, Sendable, CaseIterable {
        /// Mended by ``QdrantClient/ensureCollection(_:)``.
        case missingIndex
        /// An index of another type, or not the tenant's: ``QdrantClient/mendCollection(_:)`` makes it anew.
        case differentIndex
        /// A setting that ``QdrantClient/mendCollection(_:)`` can change; the server then reorders what stands, which takes its time.
        case differentSetting
        /// A setting that only a new collection can have, or that an operator of the cluster must change.
        case fixedSetting
        /// Vectors of another size, distance or kind: points must be written to a new collection.
        case differentVector

        /// Whether points can be written and found as they should all the same.
        public var isHarmless: Bool { self != .differentVector }
    }

    public var kind: Kind
    public var description: String

    init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }
}
