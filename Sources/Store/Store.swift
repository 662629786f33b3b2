import Foundation
import Postgres

/// Every SQL statement of the service.
///
/// Connections work as the role `pulse_app`, which row-level security binds: a statement sees the rows of the tenant that its
/// transaction has named, and no others.
public struct Store: Sendable {
    /// What the service may do is what this role may.
    static let role = "pulse_app"

    let pool: PostgresPool
    let configuration: PostgresConfiguration

    /// - Parameters:
    ///   - url: `postgresql://user:password@host/database`; the user must be a member of `pulse_app`.
    ///   - longestSilence: after which a transaction that stands still is rolled back by the server: a process that is frozen in the
    ///     middle of one would hold up all who want its rows, for as long as it is.
    public init(url: String, maximumConnections: Int = 8, longestSilence: Duration = .seconds(60)) throws {
        self.configuration = try PostgresConfiguration(
            url: url,
            sessionSettings: [
                "role": Self.role, "idle_in_transaction_session_timeout": "\(Int(longestSilence.inSeconds * 1_000))ms",
            ]
        )
        self.pool = PostgresPool(configuration: self.configuration, maximumConnections: maximumConnections)
    }

    /// Closes all connections.
    public func close() async { await self.pool.close() }

    /// The newest of `Migrations/`, which these statements need.
    public static let neededMigration = 61

    /// Whether the database answers and holds the tables that this version needs; a newer version may have migrated it further.
    public func isReady() async throws -> Bool {
        do {
            let rows = try await self.pool.query("SELECT coalesce(schema_version(), 0) AS version")
            return try rows.first.map { try $0.decode("version") >= Self.neededMigration } ?? false
        } catch let error as PostgresError where error.meansNotMigrated {
            return false
        }
    }

    /// Whether the same call may succeed later by itself: the database restarts, or the connection broke.
    public static func mayPass(_ error: any Error) -> Bool {
        guard let error = error as? PostgresError else { return false }
        return error.isTransient || error.kind == .commitUnknown
    }

    /// Whether something was not done because another transaction held its locks for too long.
    public static func isLocked(_ error: any Error) -> Bool { (error as? PostgresError)?.isLockTimeout ?? false }

    /// One transaction that sees `tenant`'s rows only. Deadlocks and serialization failures run it again.
    func inTenant<R: Sendable>(_ tenant: UUID, _ body: @Sendable (PostgresConnection) async throws -> R) async throws -> R {
        try await self.pool.withTransaction(settings: ["pulse.tenant": tenant.uuidString.lowercased()], body)
    }

    /// As ``inTenant(_:_:)``, for what serves one tenant after the other: no lock is waited for longer than two seconds, so that a
    /// transaction of one tenant that takes long does not hold up the others. See ``isLocked(_:)``.
    func inTenantBriefly<R: Sendable>(_ tenant: UUID, _ body: @Sendable (PostgresConnection) async throws -> R) async throws -> R
    {
        try await self.pool.withTransaction(
            settings: ["pulse.tenant": tenant.uuidString.lowercased(), "lock_timeout": Self.longestLockWait],
            body
        )
    }

    static let longestLockWait = "2s"

    /// Statements that only read, in one transaction that sees `tenant`'s rows only, and in one round trip.
    func readInTenant(_ tenant: UUID, _ statements: [PostgresStatement]) async throws -> [PostgresRows] {
        try await self.pool.read(settings: ["pulse.tenant": tenant.uuidString.lowercased()], statements)
    }

    /// As ``inTenant(_:_:)``, for statements that find their rows by keys, whose plans must not depend on how small a table once was: a session
    /// keeps a plan, and tables grow to millions before the next statistics.
    func inTenantByIndex<R: Sendable>(_ tenant: UUID, _ body: @Sendable (PostgresConnection) async throws -> R) async throws -> R
    {
        try await self.pool.withTransaction(
            settings: ["pulse.tenant": tenant.uuidString.lowercased(), "enable_seqscan": "off"],
            body
        )
    }
}
