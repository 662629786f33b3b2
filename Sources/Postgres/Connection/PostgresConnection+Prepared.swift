extension PostgresConnection {
    /// Runs `sql` as a prepared statement, and prepares it again where a change of the schema made the old plan useless.
    func runPrepared(_ sql: String, _ parameters: EncodedParameters) throws(PostgresError) -> PostgresResult {
        let link = try self.openLink(sql)
        let (statement, isNew) = try self.statement(sql, parameters, link)
        do throws(PostgresError) {
            return try link.executePrepared(statement.name, parameters, sql: sql)
        } catch {
            guard error.isStaleStatement, !isNew else { throw error }
            self.statements.remove(sql, name: statement.name)
            self.stale.append(statement.name)
            // Inside a transaction the error has ended it; whoever owns the transaction runs it again.
            guard link.transactionStatus == .idle else { throw error }
            let fresh = try self.statement(sql, parameters, link).0
            return try link.executePrepared(fresh.name, parameters, sql: sql)
        }
    }

    func statement(
        _ sql: String,
        _ parameters: EncodedParameters,
        _ link: LibPQConnection
    ) throws(PostgresError) -> (PreparedStatements.Statement, isNew: Bool) {
        if let known = self.statements.find(sql, types: parameters.types, isNull: parameters.isNull) { return (known, false) }
        self.nextStatement += 1
        let statement = PreparedStatements.Statement(name: "s\(self.nextStatement)", types: parameters.types)
        try link.prepare(statement.name, sql, types: statement.types)
        if let evicted = self.statements.insert(sql, statement) { self.stale.append(evicted) }
        self.deallocateStale(link)
        return (statement, true)
    }

    /// Frees what the session no longer needs. Only between transactions: a name that the server has forgotten already
    /// (DEALLOCATE ALL) is an error, which would end an open one.
    func deallocateStale(_ link: LibPQConnection) {
        guard !self.stale.isEmpty, link.transactionStatus == .idle else { return }
        for name in self.stale { _ = try? link.execute("DEALLOCATE \(name)") }
        self.stale = []
    }
}
