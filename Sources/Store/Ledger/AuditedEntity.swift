public import Foundation
public import PulseModel

/// One entity as rows, ledger and queue know it.
public struct AuditedEntity: Sendable, Equatable {
    public struct Chunk: Sendable, Equatable {
        public var number: Int
        public var hash: ContentHash
        public var generation: Int64
    }

    public var entity: UUID
    /// Whether its row stands, and is not deleted.
    public var isPresent: Bool
    /// Whether it waits in the queue, or in the backlog of a space that is built, or is being worked off.
    public var isQueued: Bool
    /// Whether it was given up.
    public var isFailed: Bool
    /// What the ledger says stands in the index, by number.
    public var chunks: [Chunk]
}
