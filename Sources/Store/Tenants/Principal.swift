public import Foundation

/// Who asks: the tenant that an API key belongs to, and what the key may do.
public struct Principal: Sendable, Equatable {
    public enum Role: String, Sendable, Comparable, CaseIterable {
        case viewer
        case `operator`
        case administrator

        public static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }

        private var rank: Int {
            switch self {
            case .viewer: 0
            case .operator: 1
            case .administrator: 2
            }
        }
    }

    /// What the caller has shown.
    public enum Credential: Sendable, Equatable {
        /// A key of the tenant's, which may be revoked at any time.
        case key
        /// A token of a trusted issuer, which is good until it expires.
        case token
    }

    public var tenant: UUID
    public var tenantName: String
    /// The key's id; of a token, an id that follows from its issuer and subject.
    public var key: UUID
    public var role: Role
    /// For records and logs: `key 1f0c…`, `user ann@acme.example`.
    public var actor: String
    public var credential: Credential
    /// When the key or token ends; nil where it has no end.
    public var until: Date?

    public init(
        tenant: UUID,
        tenantName: String,
        key: UUID,
        role: Role,
        actor: String? = nil,
        credential: Credential = .key,
        until: Date? = nil
    ) {
        self.tenant = tenant
        self.tenantName = tenantName
        self.key = key
        self.role = role
        self.actor = actor ?? "key \(key.uuidString.lowercased())"
        self.credential = credential
        self.until = until
    }
}
