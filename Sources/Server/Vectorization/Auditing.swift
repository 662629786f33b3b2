public import Foundation
public import PulseModel

/// Compares a tenant's rows, ledger and points, as `pulse audit` does.
public protocol Auditing: Sendable {
    /// - Parameter repair: whether to mend what differs.
    /// - Throws: ``AuditRefusal`` where there is nothing to compare.
    func audit(tenant: UUID, repair: Bool) async throws -> AuditOutcome
}

/// Why a tenant's index cannot be compared, for a person.
public struct AuditRefusal: Error, Sendable {
    public var reason: String

    public init(reason: String) {
        self.reason = reason
    }
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
        public var foreign: Int
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
            foreign: Int,
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
            self.foreign = foreign
            self.examples = examples
        }
    }

    enum CodingKeys: String, CodingKey {
        case tables, strays, nameless, drift, differences, repaired
        case fixedSettings = "fixed_settings"
    }

    public var tables: [Table]
    /// The tenant's points of spaces that it is not in. In which collections is not the tenant's to know.
    public var strays: Int
    /// The tenant's points that name no entity.
    public var nameless: Int
    /// How the collection differs from its layout.
    public var drift: [String]
    /// The same in settings that only a new collection can have: they are no differences.
    public var fixedSettings: [String]
    public var differences: Int
    /// Entities that were queued or deleted to mend the differences.
    public var repaired: Int

    public init(
        tables: [Table],
        strays: Int,
        nameless: Int,
        drift: [String],
        fixedSettings: [String],
        differences: Int,
        repaired: Int
    ) {
        self.tables = tables
        self.strays = strays
        self.nameless = nameless
        self.drift = drift
        self.fixedSettings = fixedSettings
        self.differences = differences
        self.repaired = repaired
    }
}

// Reports that were kept before these were counted say nothing of them.
extension AuditOutcome {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            tables: try container.decode([Table].self, forKey: .tables),
            strays: try container.decodeIfPresent(Int.self, forKey: .strays) ?? 0,
            nameless: try container.decodeIfPresent(Int.self, forKey: .nameless) ?? 0,
            drift: try container.decode([String].self, forKey: .drift),
            fixedSettings: try container.decodeIfPresent([String].self, forKey: .fixedSettings) ?? [],
            differences: try container.decode(Int.self, forKey: .differences),
            repaired: try container.decode(Int.self, forKey: .repaired)
        )
    }
}

extension AuditOutcome.Table {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.table = try container.decode(String.self, forKey: .table)
        self.rows = try container.decode(Int.self, forKey: .rows)
        self.points = try container.decode(Int.self, forKey: .points)
        self.queued = try container.decode(Int.self, forKey: .queued)
        self.failed = try container.decode(Int.self, forKey: .failed)
        self.missing = try container.decode(Int.self, forKey: .missing)
        self.surplus = try container.decode(Int.self, forKey: .surplus)
        self.stale = try container.decode(Int.self, forKey: .stale)
        self.foreign = try container.decodeIfPresent(Int.self, forKey: .foreign) ?? 0
        self.examples = try container.decode([String].self, forKey: .examples)
    }
}
