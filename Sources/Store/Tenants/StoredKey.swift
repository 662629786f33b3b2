public import Foundation
import Postgres

/// What is kept of an API key: not the key itself.
public struct StoredKey: Sendable, Equatable {
    public var id: UUID
    public var name: String
    /// Its first characters.
    public var prefix: String
    /// Nil of a key of the installation.
    public var role: Principal.Role?
    public var createdAt: Date
    public var createdBy: String?
    public var expiresAt: Date?
    public var revokedAt: Date?
    /// To the minute.
    public var lastUsedAt: Date?

    /// Whether it opens anything now.
    public var isInForce: Bool { self.revokedAt == nil && self.expiresAt.map { $0 > Date() } ?? true }

    init(_ row: PostgresRow, hasRole: Bool) throws {
        self.id = try row.decode("id")
        self.name = try row.decode("name")
        self.prefix = try row.decode("prefix")
        self.role = hasRole ? Principal.Role(rawValue: try row.decode("role")) ?? .viewer : nil
        self.createdAt = try row.decode("created_at")
        self.createdBy = hasRole ? try row.decode("created_by") : nil
        self.expiresAt = try row.decode("expires_at")
        self.revokedAt = try row.decode("revoked_at")
        self.lastUsedAt = try row.decode("last_used_at")
    }
}
