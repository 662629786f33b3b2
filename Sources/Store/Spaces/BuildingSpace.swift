public import Foundation

/// A space that a tenant is moving to, and how far it is.
public struct BuildingSpace: Sendable, Equatable {
    public var space: TenantSpace
    /// Whether all entities that are to be copied are known.
    public var isFilled: Bool
    /// Entities that were to be copied when it began.
    public var total: Int
    /// Entities that are still to be copied, those that changed meanwhile among them.
    public var waiting: Int
    /// Entities that could not be copied: they go through the queue once the space is live.
    public var failed: Int
    /// When the next of those that wait may be tried; nil where none waits.
    public var nextAt: Date?
    /// A copy of a former builder may still land until then.
    public var settleAfter: Date?
}
