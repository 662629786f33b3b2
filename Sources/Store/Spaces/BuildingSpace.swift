public import Foundation

/// A space that a tenant is moving to, and how far it is.
public struct BuildingSpace: Sendable, Equatable {
    public var space: TenantSpace
    /// Entities that were to be copied when it began.
    public var total: Int
    /// Entities that are still to be copied, those that changed meanwhile among them.
    public var waiting: Int
    /// Entities that could not be copied: they go through the queue once the space is live.
    public var failed: Int
    /// When the next of those that wait may be tried; nil where none waits.
    public var nextAt: Date?
    /// A copy of unknown outcome may still land until then.
    public var settleAfter: Date?
}

/// One entity that is to be copied into a building space.
public struct SpaceCopy: Sendable, Equatable {
    public var entity: UUID
    public var integration: UUID
    public var table: String
    /// What its change counter said when it was read.
    public var generation: Int64
    public var attempts: Int
}

/// A space that a tenant has left.
public struct RetiredSpace: Sendable, Equatable {
    public var space: TenantSpace
    public var retiredAt: Date
}

/// What became of the wish to make a building space the live one.
public enum SpaceSwitch: Sendable, Equatable {
    case switched
    /// So many entities changed meanwhile and are still to be copied.
    case notYet(waiting: Int)
}

/// Why a tenant cannot move to another space now.
public enum SpaceError: Error, Sendable, Equatable, CustomStringConvertible {
    case alreadyBuilding(space: String, provider: String)
    /// Another process copies at this moment.
    case held(until: Date)
    /// The lease went to another process, or the building was abandoned.
    case lost

    public var description: String {
        switch self {
        case .alreadyBuilding(let space, let provider):
            """
            the tenant is already moving to the space \(space); finish that with `pulse reindex --provider \(provider)`, or give it \
            up with `pulse reindex --abandon`
            """
        case .held(let until):
            """
            another process is copying at this moment; where it was killed, its lease ends in \
            \(max(1, Int(until.timeIntervalSinceNow.rounded(.up)))) s
            """
        case .lost:
            "the lease on the building space was lost to another process, or the building was abandoned; run `pulse reindex` again"
        }
    }
}
