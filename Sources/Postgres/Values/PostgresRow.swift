/// One row of a result. It keeps the whole result in memory.
public struct PostgresRow: Sendable {
    let result: PostgresResult
    let index: Int

    public var columns: [String] { self.result.columns }

    /// - Throws: ``PostgresError`` of kind `decoding`: no such column, NULL, or not of this type.
    public func decode<T: PostgresDecodable>(_ column: String, as type: T.Type = T.self) throws(PostgresError) -> T {
        guard let index = self.result.indices[column] else {
            throw PostgresError(
                kind: .decoding,
                message: "There is no column \"\(column)\"; there are: \(self.columns.joined(separator: ", ")).",
                statement: self.result.statement
            )
        }
        return try T.decode(PostgresCell(result: self.result, row: self.index, column: index))
    }

    /// - Parameter index: of the column, from 0.
    public func decode<T: PostgresDecodable>(at index: Int, as type: T.Type = T.self) throws(PostgresError) -> T {
        guard self.columns.indices.contains(index) else {
            throw PostgresError(
                kind: .decoding,
                message: "There is no column \(index); there are \(self.columns.count), counted from 0.",
                statement: self.result.statement
            )
        }
        return try T.decode(PostgresCell(result: self.result, row: self.index, column: index))
    }
}
