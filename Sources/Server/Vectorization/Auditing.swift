public import Foundation
public import PulseModel

/// Compares a tenant's rows, ledger and points, as `pulse audit` does.
public protocol Auditing: Sendable {
    /// - Parameter repair: whether to mend what differs.
    func audit(tenant: UUID, repair: Bool) async throws -> AuditOutcome
}

/// What an audit found.
public struct AuditOutcome: Sendable, Codable, Equatable {
    public struct Table: Sendable, Codable, Equatable {
        public var table: String
        public var rows: Int
        public var points: Int
        public var queued: Int
        public var failed: Int
        public var missing: Int
        public var surplus: Int
        public var stale: Int
        /// The first faults, for a person.
        public var examples: [String]

        public init(
            table: EntityTable,
            rows: Int,
            points: Int,
            queued: Int,
            failed: Int,
            missing: Int,
            surplus: Int,
            stale: Int,
            examples: [String]
        ) {
            self.table = table.rawValue
            self.rows = rows
            self.points = points
            self.queued = queued
            self.failed = failed
            self.missing = missing
            self.surplus = surplus
            self.stale = stale
            self.examples = examples
        }
    }

    public var tables: [Table]
    /// How the collection differs from its layout.
    public var drift: [String]
    public var differences: Int
    /// Entities that were queued or deleted to mend the differences.
    public var repaired: Int

    public init(tables: [Table], drift: [String], differences: Int, repaired: Int) {
        self.tables = tables
        self.drift = drift
        self.differences = differences
        self.repaired = repaired
    }
}
