public import Foundation
import Postgres

/// A source that a tenant is connected to.
public struct StoredIntegration: Sendable, Equatable {
    /// Who has given the definition.
    public enum Origin: String, Sendable {
        /// Somebody at a terminal of the installation: it may name what stands in the environment, and hosts of the inside.
        case installation
        /// The tenant, over the API: it reads the tenant's vault only, and leads to public addresses only.
        case tenant
    }

    public var id: UUID
    public var name: String
    public var kind: String
    public var baseURL: String
    /// The file's JSON.
    public var configuration: String
    public var origin: Origin

    /// - Parameter row: with the columns of ``columns``.
    init(_ row: PostgresRow) throws {
        self.id = try row.decode("id")
        self.name = try row.decode("name")
        self.kind = try row.decode("kind")
        self.baseURL = try row.decode("base_url")
        self.configuration = try row.decode("configuration")
        // What is not known is not trusted.
        self.origin = Origin(rawValue: try row.decode("origin")) ?? .tenant
    }

    /// Of the table `integrations`, which the statement calls `i`.
    static let columns = "i.id, i.name, i.kind, i.base_url, i.configuration::text AS configuration, i.origin"
}
