/// One value of a result, in PostgreSQL's text form.
public struct PostgresCell: Sendable {
    let result: PostgresResult
    let row: Int
    let column: Int

    public var isNull: Bool { self.result.isNull(self.row, self.column) }

    /// - Throws: ``PostgresError`` of kind `decoding` for NULL.
    public func text(for type: Any.Type) throws(PostgresError) -> String {
        try self.withBytes(for: type) { bytes throws(PostgresError) in String(decoding: bytes, as: UTF8.self) }
    }

    /// - Parameter type: what the bytes will become, for the error.
    func withBytes<R>(
        for type: Any.Type,
        _ body: (UnsafeRawBufferPointer) throws(PostgresError) -> R
    ) throws(PostgresError) -> R {
        if self.isNull { throw self.failure("is NULL, where \(type) was asked for; ask for Optional<\(type)>") }
        return try self.result.withBytes(self.row, self.column, body)
    }

    /// The bytes turned into a value by `body`; nil is an error.
    func parse<R>(_ type: R.Type, _ body: (UnsafeRawBufferPointer) -> R?) throws(PostgresError) -> R {
        try self.withBytes(for: type) { bytes throws(PostgresError) in
            guard let value = body(bytes) else { throw self.failure("does not hold what \(type) can be read from") }
            return value
        }
    }

    /// An error about this value. The value itself is not shown.
    public func failure(_ complaint: String) -> PostgresError {
        PostgresError(
            kind: .decoding,
            message: "Column \"\(self.result.columns[self.column])\" of row \(self.row) \(complaint).",
            statement: self.result.statement
        )
    }
}
