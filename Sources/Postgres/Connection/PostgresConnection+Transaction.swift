/// The parts of a transaction for the pool. Only the beginning listens to the task's cancellation: what ends a transaction must
/// run even in a cancelled task.
extension PostgresConnection {
    func begin(_ settings: [String: String]) async throws(PostgresError) {
        try await self.run("BEGIN")
        guard !settings.isEmpty else { return }
        let sorted = settings.sorted { $0.key < $1.key }
        let calls = sorted.indices.map { "set_config($\($0 * 2 + 1)::text, $\($0 * 2 + 2)::text, true)" }
        try await self.query("SELECT " + calls.joined(separator: ", "), sorted.flatMap { [.text($0.key), .text($0.value)] })
    }

    /// Runs `body` on the connection's executor.
    func hosting<R: Sendable>(_ body: @Sendable (PostgresConnection) async throws -> R) async throws -> R {
        try await body(self)
    }

    /// - Throws: ``PostgresError`` of kind `commitUnknown` if the connection broke; any other kind means that nothing was
    ///   committed by it.
    func commit() throws(PostgresError) {
        switch self.transactionStatus {
        case .inTransaction: break
        case .inFailedTransaction:
            // COMMIT would answer "ROLLBACK" and call it a success.
            self.rollBack()
            throw PostgresError(
                kind: .server,
                sqlState: "25P02",
                message: "A statement of the transaction failed and its error was not passed on; nothing was committed."
            )
        case .idle:
            throw PostgresError(
                kind: .invalidParameter,
                message: "The transaction was ended by its own statements; leave COMMIT and ROLLBACK to withTransaction."
            )
        case .active, .unknown:
            throw PostgresError(kind: .connectionLost, message: "The connection broke before COMMIT; nothing was committed.")
        }
        do throws(PostgresError) {
            _ = try self.openLink("COMMIT").execute("COMMIT")
        } catch {
            guard error.kind == .connectionLost else { throw error }
            throw PostgresError(
                kind: .commitUnknown,
                sqlState: error.sqlState,
                message:
                    "The connection broke during COMMIT (\(error.message)). The transaction may or may not have taken effect.",
                statement: "COMMIT"
            )
        }
    }

    /// Leaves the open transaction, if there is one. What cannot be rolled back shows in ``transactionStatus``.
    func rollBack() {
        switch self.transactionStatus {
        case .inTransaction, .inFailedTransaction: _ = try? self.openLink("ROLLBACK").execute("ROLLBACK")
        case .idle, .active, .unknown: break
        }
    }

    /// Rolls back what is open.
    ///
    /// - Returns: whether the connection can serve somebody else.
    func settle() -> Bool {
        self.rollBack()
        if let link { self.deallocateStale(link) }
        return self.transactionStatus == .idle
    }
}
