public import Foundation

/// All that an entity should be in the index at one generation: these points and no older ones.
public struct EntityReplacement: Sendable, Equatable {
    public var entity: UUID
    /// Points of a greater generation are left alone.
    public var generation: Int64
    /// Empty deletes the entity. ``VectorPoint/entity`` is that of the replacement.
    public var points: [VectorPoint]

    public init(entity: UUID, generation: Int64, points: [VectorPoint]) {
        self.entity = entity
        self.generation = generation
        self.points = points
    }
}
