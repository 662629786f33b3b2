public import Foundation

/// Who asks: somebody of a tenant, or an administrator of the installation, who belongs to none.
public enum Caller: Sendable, Equatable {
    case tenant(Principal)
    case installation(InstallationAdministrator)

    /// For records and logs: `key 1f0c…`, `user ann@acme.example`.
    public var actor: String {
        switch self {
        case .tenant(let principal): principal.actor
        case .installation(let administrator): administrator.actor
        }
    }

    /// Tells callers apart for limits and repeated requests.
    public var identity: UUID {
        switch self {
        case .tenant(let principal): principal.key
        case .installation(let administrator): administrator.key
        }
    }

    public var tenant: UUID? {
        switch self {
        case .tenant(let principal): principal.tenant
        case .installation: nil
        }
    }
}

/// Who may make tenants and their keys, and sees no tenant's data.
public struct InstallationAdministrator: Sendable, Equatable {
    public var key: UUID
    public var actor: String

    public init(key: UUID, actor: String? = nil) {
        self.key = key
        self.actor = actor ?? "installation key \(key.uuidString.lowercased())"
    }
}
