/// A statement with its parameters, to be sent beside others.
public struct PostgresStatement: Sendable {
    /// One statement with `$1`, `$2`, … for the parameters.
    public var sql: String
    public var parameters: [PostgresValue]

    public init(_ sql: String, _ parameters: [PostgresValue] = []) {
        self.sql = sql
        self.parameters = parameters
    }
}
