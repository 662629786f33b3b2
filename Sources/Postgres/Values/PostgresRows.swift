/// What a statement returned.
public struct PostgresRows: Sendable, RandomAccessCollection {
    private let result: PostgresResult

    init(_ result: PostgresResult) { self.result = result }

    /// The rows that INSERT, UPDATE, DELETE, MERGE or SELECT counted; 0 for other statements.
    public var affectedRows: Int { self.result.affectedRows }
    public var columns: [String] { self.result.columns }

    public var startIndex: Int { 0 }
    public var endIndex: Int { self.result.rowCount }

    public subscript(position: Int) -> PostgresRow {
        precondition(self.indices.contains(position), "The row index is out of bounds.")
        return PostgresRow(result: self.result, index: position)
    }
}
