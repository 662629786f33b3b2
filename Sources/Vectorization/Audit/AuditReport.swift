public import PulseModel

/// How the index compares with the sources' rows, table by table.
public struct AuditReport: Sendable, Equatable, Codable {
    public struct Table: Sendable, Equatable, Codable {
        public var table: EntityTable
        /// Entities that should be in the index.
        public var rows = 0
        public var points = 0
        /// Entities in the queue: on their way, and not compared.
        public var queued = 0
        /// Entities that were given up; `pulse failures` says why.
        public var failed = 0
        /// Entities of which points are not there.
        public var missing = 0
        /// Entities with points that no row accounts for.
        public var surplus = 0
        /// Entities whose points say something else than their row, or are of another generation than the ledger has.
        public var stale = 0
        /// Entities in whose place something of another tenant or space stands.
        public var foreign = 0
        /// The first of each, for a person: the fault and the entity's external id, or its id where it has none any more.
        public var examples: [String] = []

        public init(table: EntityTable) {
            self.table = table
        }

        /// Entities that were compared and whose points are not as they should be.
        public var wrong: Int { self.missing + self.surplus + self.stale + self.foreign }

        /// With those that were given up.
        public var differences: Int { self.wrong + self.failed }
    }

    public var tables: [Table] = []
    /// The tenant's points of spaces that it is not in, by collection.
    public var strays: [String: Int] = [:]
    /// The tenant's points that name no entity.
    public var nameless = 0
    /// Entities that were queued or deleted to mend the differences, and points that were deleted because they belong to none.
    public var repaired = 0
    /// How the collection differs from its layout.
    public var drift: [String] = []
    /// In which settings it differs that only a new collection can have. They are no differences: no point is wrong for them, and
    /// nothing could mend them.
    public var fixedSettings: [String] = []
    public var seconds = 0.0

    public init() {}

    public var differences: Int {
        self.tables.reduce(0) { $0 + $1.differences } + self.strays.values.reduce(0, +) + self.nameless + self.drift.count
    }

    /// Entities that wait in the queue: nothing is proven of them.
    public var queued: Int { self.tables.reduce(0) { $0 + $1.queued } }
}
