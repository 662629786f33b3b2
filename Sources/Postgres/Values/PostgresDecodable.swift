/// A type that a value of a result can be read as.
public protocol PostgresDecodable: Sendable {
    /// - Throws: ``PostgresError`` of kind `decoding`.
    static func decode(_ cell: PostgresCell) throws(PostgresError) -> Self
}

extension Optional: PostgresDecodable where Wrapped: PostgresDecodable {
    /// nil for NULL.
    public static func decode(_ cell: PostgresCell) throws(PostgresError) -> Wrapped? {
        cell.isNull ? nil : try Wrapped.decode(cell)
    }
}
