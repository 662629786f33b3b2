public import Foundation

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
        case .held:
            "another process is copying this tenant at this moment; let it finish, or stop it"
        case .lost:
            "the lease on the building space was lost to another process, or the building was abandoned; run `pulse reindex` again"
        }
    }
}
