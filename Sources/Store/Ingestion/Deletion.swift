public import PulseModel

/// Something that the source says is gone.
public struct Deletion: Sendable, Equatable {
    public var table: EntityTable
    public var stableID: String

    public init(_ table: EntityTable, _ stableID: String) {
        self.table = table
        self.stableID = stableID
    }
}
