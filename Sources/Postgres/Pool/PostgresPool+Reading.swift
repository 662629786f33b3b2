extension PostgresPool {
    /// Runs statements that only read, in one round trip and one transaction.
    ///
    /// Nothing is changed by them, so they are asked again where a connection breaks, and where a statement has to be prepared anew.
    ///
    /// - Parameters:
    ///   - settings: made with `set_config(name, value, true)`, for this transaction only.
    ///   - statements: see ``PostgresConnection/query(_:_:)``. One that writes is refused by the server (25006).
    ///   - attempts: how often they are run at most.
    /// - Returns: the rows of each statement.
    public func read(
        settings: [String: String] = [:],
        _ statements: [PostgresStatement],
        attempts: Int = 3
    ) async throws(PostgresError) -> [PostgresRows] {
        let settings = settings.merging(["transaction_read_only": "on"]) { $1 }.sorted { $0.key < $1.key }
        let calls = settings.indices.map { "set_config($\($0 * 2 + 1)::text, $\($0 * 2 + 2)::text, true)" }
        let setting = PostgresStatement(
            "SELECT " + calls.joined(separator: ", "),
            settings.flatMap { [.text($0.key), .text($0.value)] }
        )
        var attempt = 1
        while true {
            switch try await self.onLease({ connection in await connection.pipeline([setting] + statements) }) {
            case .success(let rows): return Array(rows.dropFirst())
            case .failure(let error):
                let mayRunAgain = error.isSerializationFailure || error.isStaleStatement || error.isEndOfConnection
                guard mayRunAgain, attempt < attempts, !Task.isCancelled else { throw error }
                if !error.isStaleStatement { try await Self.pause(after: attempt) }
                attempt += 1
            }
        }
    }
}
