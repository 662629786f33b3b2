public import PulseModel

/// How far one table is indexed.
public struct TableCounts: Sendable, Equatable {
    public var table: EntityTable
    /// Rows of the sources that are not deleted.
    public var rows: Int
    public var ledgerEntities: Int
    public var ledgerPoints: Int
    public var waiting: Int
    public var failed: Int
}
