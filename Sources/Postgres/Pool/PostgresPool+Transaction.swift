extension PostgresPool {
    /// Runs `body` in a transaction: all of it takes effect, or nothing.
    ///
    /// A serialization failure or a deadlock runs `body` again from the beginning, so `body` must have no effects outside of
    /// the database. An error that `body` wraps into a type of its own is not recognized as such.
    ///
    /// `body` runs on the connection's executor: it goes from statement to statement without a change of threads, and does not stand
    /// in line behind what computes on the threads that all tasks share while it holds its locks. Nothing else waits for that
    /// executor, so it may compute, too.
    ///
    /// - Parameters:
    ///   - settings: made with `set_config(name, value, true)`, for this transaction only.
    ///   - attempts: how often `body` is run at most.
    /// - Throws: what `body` throws, after ROLLBACK; ``PostgresError`` of kind `commitUnknown` if the connection broke during
    ///   COMMIT: whether the transaction took effect must be looked up.
    @discardableResult
    public func withTransaction<R: Sendable>(
        settings: [String: String] = [:],
        attempts: Int = 5,
        _ body: @Sendable (PostgresConnection) async throws -> R
    ) async throws -> R {
        var attempt = 1
        while true {
            let outcome = try await self.withConnection { connection in
                await Self.attempt(settings, on: connection, body)
            }
            switch outcome {
            case .success(let value): return value
            case .failure(let failure):
                guard failure.mayRunAgain, attempt < attempts, !Task.isCancelled else { throw failure.error }
                try await Self.pause(after: attempt)
                attempt += 1
            }
        }
    }

    private struct Failure: Error {
        var error: any Error
        var mayRunAgain: Bool
    }

    private static func attempt<R: Sendable>(
        _ settings: [String: String],
        on connection: PostgresConnection,
        _ body: @Sendable (PostgresConnection) async throws -> R
    ) async -> Result<R, Failure> {
        do throws(PostgresError) {
            try await connection.begin(settings)
        } catch {
            // Nothing has happened yet. A connection that broke while it lay idle is replaced by a fresh one.
            return .failure(Failure(error: error, mayRunAgain: error.isEndOfConnection || error.isStaleStatement))
        }
        let value: R
        do {
            value = try await connection.hosting(body)
        } catch {
            await connection.rollBack()
            let server = error as? PostgresError
            let mayRunAgain = server.map { $0.isSerializationFailure || $0.isStaleStatement } ?? false
            return .failure(Failure(error: error, mayRunAgain: mayRunAgain))
        }
        do throws(PostgresError) {
            try await connection.commit()
            return .success(value)
        } catch {
            return .failure(Failure(error: error, mayRunAgain: error.isSerializationFailure))
        }
    }

    /// Waits 5 to 15 ms after the first attempt, twice as long after each further one, 1 s at most.
    static func pause(after attempt: Int) async throws(PostgresError) {
        let milliseconds = min(10 * Double(1 << min(attempt - 1, 10)), 1000) * .random(in: 0.5..<1.5)
        do {
            try await Task.sleep(for: .microseconds(Int(milliseconds * 1000)))
        } catch {
            throw PostgresError(kind: .cancelled, message: "Cancelled before the transaction was run again.")
        }
    }
}
