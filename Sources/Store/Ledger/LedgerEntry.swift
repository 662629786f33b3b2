public import Foundation

/// What the ledger says of one entity.
public struct LedgerEntry: Sendable, Equatable {
    public var entity: UUID
    public var chunks: Int
    /// The fence of the claim that wrote its points; the least, where they differ.
    public var generation: Int64
    public var documentVersion: Int
}
