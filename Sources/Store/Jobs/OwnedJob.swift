public import Foundation

/// A job that an orchestrator runs, as the database sees it.
public struct OwnedJob: Sendable, Equatable {
    public var id: UUID
    public var fence: Int
    public var request: StoredJob.Request?
    /// False where its tenant has been closed.
    public var isOpen: Bool
}
