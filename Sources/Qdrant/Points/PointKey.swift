import Foundation
import UUIDText

/// Payload keys that ``TenantVectors`` writes itself; what a caller puts under them is replaced.
public enum PointKey {
    public static let tenant = "tenant_id"
    public static let entity = "entity"
    public static let generation = "generation"
    public static let space = "space"

    static let reserved: Set<String> = [Self.tenant, Self.entity, Self.generation, Self.space]
}

/// Names of a point's vectors.
enum VectorName {
    static let dense = "dense"
    static let lexical = "lexical"
}

extension UUID {
    /// As Qdrant writes ids; keywords compare byte by byte, so there is one spelling.
    var qdrantText: String { self.lowercaseText }
}
