import Foundation
import Synchronization

/// One session with a PostgreSQL server.
///
/// libpq's blocking calls run on the connection's own executor, never on the threads that tasks share. Statements of one
/// connection run one after another. When the task that waits for a statement is cancelled, the statement is cancelled on the
/// server, and the connection can be used again.
public actor PostgresConnection {
    private nonisolated let executor = ConnectionExecutor()
    /// The socket for a look from outside; -1 when there is none.
    private nonisolated let socket = Atomic<Int32>(-1)
    var link: LibPQConnection?
    var statements = PreparedStatements()
    var nextStatement = 0
    /// Statements to deallocate as soon as the session accepts it.
    var stale: [String] = []

    public nonisolated var unownedExecutor: UnownedSerialExecutor { self.executor.asUnownedSerialExecutor() }

    private init() {}

    /// Opens a connection.
    ///
    /// - Throws: ``PostgresError`` of kind `cannotConnect`, `cancelled`, or `server` where a session setting is refused.
    public static func connect(_ configuration: PostgresConfiguration) async throws(PostgresError) -> PostgresConnection {
        let connection = PostgresConnection()
        let interruption = WakeUp()
        let outcome = await withTaskCancellationHandler {
            await connection.open(configuration, interruption)
        } onCancel: {
            interruption.signal()
        }
        try outcome.get()
        return connection
    }

    private func open(_ configuration: PostgresConfiguration, _ interruption: WakeUp) -> Result<Void, PostgresError> {
        do throws(PostgresError) {
            let link = try LibPQConnection.open(configuration, interruption: interruption)
            self.link = link
            self.socket.store(link.socket, ordering: .releasing)
            return .success(())
        } catch {
            return .failure(error)
        }
    }

    // MARK: Statements

    /// Runs one statement, prepared on its first use and kept under its text.
    ///
    /// - Parameters:
    ///   - sql: one statement with `$1`, `$2`, … for the parameters. Texts and NULLs go without a type: write `$1::text`
    ///     where PostgreSQL cannot infer it.
    ///   - parameters: at most 65,535.
    @discardableResult
    public func query(_ sql: String, _ parameters: [PostgresValue] = []) async throws(PostgresError) -> PostgresRows {
        let encoded: EncodedParameters
        do throws(PostgresError) {
            encoded = try EncodedParameters(parameters)
        } catch {
            throw error.about(sql)
        }
        return try await self.cancellable(sql) { _ throws(PostgresError) in
            PostgresRows(try self.runPrepared(sql, encoded))
        }
    }

    /// Runs one or several statements without parameters, in one implicit transaction unless they say otherwise.
    public func run(_ sql: String) async throws(PostgresError) {
        try await self.cancellable(sql) { _ throws(PostgresError) in
            _ = try self.openLink(sql).execute(sql)
        }
    }

    /// Loads rows by `COPY … FROM STDIN` in the text format.
    ///
    /// - Parameters:
    ///   - sql: `COPY table (columns) FROM STDIN`, without a FORMAT.
    ///   - rows: the values of the columns in their order.
    /// - Returns: the number of rows loaded. On an error none are.
    @discardableResult
    public func copyIn(_ sql: String, rows: [[PostgresValue]]) async throws(PostgresError) -> Int {
        try await self.cancellable(sql) { cancellation throws(PostgresError) in
            var remaining = rows[...]
            return try self.openLink(sql).copyIn(sql) { () throws(PostgresError) in
                if cancellation.isRequested { throw PostgresError(kind: .cancelled, message: "Cancelled.", statement: sql) }
                do throws(PostgresError) {
                    return try CopyText.nextChunk(of: &remaining)
                } catch {
                    throw error.about(sql)
                }
            }
        }
    }

    // MARK: State

    public func close() async {
        self.socket.store(-1, ordering: .releasing)
        self.link = nil
    }

    /// Whether statements can be sent. Notices that the server has closed the connection, without asking it anything.
    public var isUsable: Bool {
        guard let link, link.isOpen else { return false }
        // One read takes the server's last words; only the next one finds the end of the stream behind them.
        for _ in 0..<100 where link.isOpen && self.hasPendingInput { link.readPendingInput() }
        return link.isOpen
    }

    public var transactionStatus: PostgresTransactionStatus { self.link?.transactionStatus ?? .unknown }

    /// Whether something waits to be read on an idle connection: the server has closed it, or it said something unasked.
    /// One system call, on any thread.
    nonisolated var hasPendingInput: Bool {
        let socket = self.socket.load(ordering: .acquiring)
        guard socket >= 0 else { return true }
        var descriptor = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        return poll(&descriptor, 1, 0) != 0
    }

    // MARK: Cancellation

    func openLink(_ sql: String) throws(PostgresError) -> LibPQConnection {
        guard let link else {
            throw PostgresError(kind: .connectionLost, message: "The connection has been closed.", statement: sql)
        }
        return link
    }

    /// Runs `body`, which sends `sql`, and cancels it on the server when the task is cancelled.
    func cancellable<R: Sendable>(
        _ sql: String,
        _ body: (StatementCancellation) throws(PostgresError) -> R
    ) async throws(PostgresError) -> R {
        let cancellation = StatementCancellation()
        let outcome: Result<R, PostgresError> = await withTaskCancellationHandler {
            self.runCancellable(sql, cancellation, body)
        } onCancel: {
            cancellation.cancel()
        }
        return try outcome.get()
    }

    private func runCancellable<R: Sendable>(
        _ sql: String,
        _ cancellation: StatementCancellation,
        _ body: (StatementCancellation) throws(PostgresError) -> R
    ) -> Result<R, PostgresError> {
        do throws(PostgresError) {
            let handle = try self.openLink(sql).cancelHandle
            guard cancellation.begin(handle) else {
                throw PostgresError(kind: .cancelled, message: "Cancelled before the statement was sent.", statement: sql)
            }
            let outcome: Result<R, PostgresError>
            do throws(PostgresError) { outcome = .success(try body(cancellation)) } catch { outcome = .failure(error) }
            let wasAsked = cancellation.end()
            if wasAsked, case .failure(var error) = outcome, error.sqlState == "57014" || error.kind == .cancelled {
                error.kind = .cancelled
                return .failure(error)
            }
            return outcome
        } catch {
            return .failure(error)
        }
    }
}
