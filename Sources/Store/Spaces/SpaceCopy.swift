public import Foundation

/// One entity that is to be copied into a building space.
public struct SpaceCopy: Sendable, Equatable {
    public var entity: UUID
    public var integration: UUID
    public var table: String
    /// What its change counter said when it was read.
    public var generation: Int64
    public var attempts: Int
    /// Whether no earlier copy of unknown outcome can still land: only then may this one end it.
    public var settled: Bool
}
