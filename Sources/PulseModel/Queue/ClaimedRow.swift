public import Foundation

/// A queue row under a lease.
public struct ClaimedRow: Sendable, Equatable {
    public var id: Int
    public var tenant: UUID
    public var integration: UUID
    public var table: EntityTable
    public var externalID: String
    public var entity: UUID
    /// What the row's change counter said when it was claimed; a completion that finds another leaves the row waiting.
    public var generation: Int64
    /// The number of this claim: greater than every earlier claim's of the row. Points are written under it.
    public var fence: Int64
    public var attempts: Int
    public var crashes: Int
    /// Whether no earlier write of unknown outcome can still land: only then may this pass complete the row.
    public var settled: Bool
    /// Whether the row was put in for an entity that is new, and no pass has held it before: where the ledger knows nothing of the
    /// entity either, no point of it can be there.
    public var isFresh: Bool

    public init(
        id: Int,
        tenant: UUID,
        integration: UUID,
        table: EntityTable,
        externalID: String,
        entity: UUID,
        generation: Int64,
        fence: Int64,
        attempts: Int,
        crashes: Int,
        settled: Bool,
        isFresh: Bool = false
    ) {
        self.id = id
        self.tenant = tenant
        self.integration = integration
        self.table = table
        self.externalID = externalID
        self.entity = entity
        self.generation = generation
        self.fence = fence
        self.attempts = attempts
        self.crashes = crashes
        self.settled = settled
        self.isFresh = isFresh
    }
}
