extension PostgresConnection {
    /// Runs statements one behind the other, in one round trip and one transaction of its own, prepared on their first use.
    ///
    /// - Returns: the rows of each statement, and whether the connection can serve somebody else.
    func pipeline(_ statements: [PostgresStatement]) async -> (Result<[PostgresRows], PostgresError>, isClean: Bool) {
        let label = statements.last?.sql ?? ""
        do throws(PostgresError) {
            let parameters = try statements.map { statement throws(PostgresError) in
                do throws(PostgresError) {
                    return try EncodedParameters(statement.parameters)
                } catch {
                    throw error.about(statement.sql)
                }
            }
            let rows = try await self.cancellable(label) { _ throws(PostgresError) in
                try self.runPipeline(zip(statements, parameters).map { ($0.sql, $1) })
            }
            return (.success(rows), self.settle())
        } catch {
            return (.failure(error), self.settle())
        }
    }

    private func runPipeline(_ statements: [(sql: String, parameters: EncodedParameters)]) throws(PostgresError) -> [PostgresRows]
    {
        var prepared: [LibPQConnection.PreparedCall] = []
        for (sql, parameters) in statements {
            let link = try self.openLink(sql)
            let statement = try self.statement(sql, parameters, link).0
            prepared.append(LibPQConnection.PreparedCall(name: statement.name, parameters: parameters, sql: sql))
        }
        do throws(PostgresError) {
            return try self.openLink(statements.last?.sql ?? "").executePipeline(prepared).map { PostgresRows($0) }
        } catch {
            // Which of them is stale is not told: all are prepared again.
            if error.isStaleStatement {
                for call in prepared {
                    self.statements.remove(call.sql, name: call.name)
                    self.stale.append(call.name)
                }
            }
            throw error
        }
    }
}
