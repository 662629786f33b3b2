import CLibPQ

extension LibPQConnection {
    /// A prepared statement and what it is to be run with.
    struct PreparedCall {
        var name: String
        var parameters: EncodedParameters
        /// The statement's text, for errors.
        var sql: String
    }

    /// Sends all calls at once, and then takes their results. Until its end the server counts them as one transaction, so what one
    /// sets for the transaction holds for the next; where one fails, none has taken effect.
    func executePipeline(_ calls: [PreparedCall]) throws(PostgresError) -> [PostgresResult] {
        let label = calls.last?.sql ?? ""
        guard self.isOpen else {
            throw PostgresError(kind: .connectionLost, message: "The connection is broken.", statement: label)
        }
        guard PQenterPipelineMode(self.pointer) == 1 else { throw self.failure(label) }
        defer { _ = PQexitPipelineMode(self.pointer) }
        for call in calls {
            let isSent = call.parameters.withPointers { count, _, values, lengths, formats in
                PQsendQueryPrepared(self.pointer, call.name, count, values, lengths, formats, 0)
            }
            guard isSent == 1 else { throw self.failure(call.sql) }
        }
        guard PQpipelineSync(self.pointer) == 1 else { throw self.failure(label) }
        var results: [PostgresResult] = []
        var failure: PostgresError?
        for call in calls {
            guard let result = PQgetResult(self.pointer) else { throw failure ?? self.failure(call.sql) }
            // What follows an error is skipped by the server.
            if PQresultStatus(result) == PGRES_PIPELINE_ABORTED {
                PQclear(result)
            } else {
                do throws(PostgresError) {
                    results.append(try self.check(result, call.sql))
                } catch {
                    failure = failure ?? error
                }
            }
            // Each statement's results end with nothing.
            while let more = PQgetResult(self.pointer) { PQclear(more) }
            guard self.isOpen else { throw failure ?? self.failure(call.sql) }
        }
        // The mark of the end.
        guard let end = PQgetResult(self.pointer) else { throw failure ?? self.failure(label) }
        PQclear(end)
        if let failure { throw failure }
        return results
    }
}
