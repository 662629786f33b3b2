import CLibPQ
import Foundation

/// An open PGconn and the blocking calls on it. Not `Sendable`: one actor or one thread owns it.
final class LibPQConnection {
    let pointer: OpaquePointer
    let cancelHandle: CancelHandle
    /// The server has said, unasked, that it ends the session; the end of the stream follows.
    private var isEnding = false

    /// Opens a connection and prepares its session. Blocks.
    ///
    /// - Parameter interruption: a signal ends the attempt with an error of kind `cancelled`.
    static func open(
        _ configuration: PostgresConfiguration,
        interruption: WakeUp
    ) throws(PostgresError) -> LibPQConnection {
        let pointer = try self.start(configuration)
        do throws(PostgresError) {
            try self.finishConnecting(pointer, configuration, interruption)
        } catch {
            PQfinish(pointer)
            throw error
        }
        let connection = LibPQConnection(pointer)
        try connection.beginSession(configuration)
        return connection
    }

    private init(_ pointer: OpaquePointer) {
        self.pointer = pointer
        self.cancelHandle = CancelHandle(connection: pointer)
        // libpq prints notices to stderr unless told otherwise. A fatal error that comes while the session is idle is one too.
        // Unowned is safe: libpq calls back only from within calls of `self` on this pointer, which ends with `self`.
        let receiver: PQnoticeReceiver = { connection, notice in
            guard let connection, let severity = PQresultErrorField(notice, Int32(UInt8(ascii: "V"))) else { return }
            guard ["FATAL", "PANIC"].contains(String(cString: severity)) else { return }
            Unmanaged<LibPQConnection>.fromOpaque(connection).takeUnretainedValue().isEnding = true
        }
        _ = PQsetNoticeReceiver(pointer, receiver, Unmanaged.passUnretained(self).toOpaque())
    }

    deinit {
        _ = PQsetNoticeReceiver(self.pointer, { _, _ in }, nil)
        PQfinish(self.pointer)
    }

    var socket: Int32 { PQsocket(self.pointer) }
    var isOpen: Bool { PQstatus(self.pointer) == CONNECTION_OK && !self.isEnding }

    var transactionStatus: PostgresTransactionStatus {
        switch PQtransactionStatus(self.pointer) {
        case PQTRANS_IDLE: .idle
        case PQTRANS_ACTIVE: .active
        case PQTRANS_INTRANS: .inTransaction
        case PQTRANS_INERROR: .inFailedTransaction
        default: .unknown
        }
    }

    /// Reads what the server has sent meanwhile, without waiting. Finds out about a connection that the server has closed.
    func readPendingInput() {
        _ = PQconsumeInput(self.pointer)
        // Takes what was read apart, notices among it.
        _ = PQisBusy(self.pointer)
    }

    // MARK: Statements

    /// Runs one or several statements by the simple protocol.
    func execute(_ sql: String) throws(PostgresError) -> PostgresResult {
        try self.requireSendable(sql)
        return try self.check(PQexec(self.pointer, sql), sql)
    }

    /// Plans and runs one statement that is not worth preparing.
    func execute(_ sql: String, _ parameters: EncodedParameters) throws(PostgresError) -> PostgresResult {
        try self.requireSendable(sql)
        let result = parameters.withPointers { count, types, values, lengths, formats in
            PQexecParams(self.pointer, sql, count, types, values, lengths, formats, 0)
        }
        return try self.check(result, sql)
    }

    func prepare(_ name: String, _ sql: String, types: [UInt32]) throws(PostgresError) {
        try self.requireSendable(sql)
        _ = try self.check(PQprepare(self.pointer, name, sql, Int32(types.count), types), sql)
    }

    /// - Parameter sql: the text of the statement, for errors.
    func executePrepared(_ name: String, _ parameters: EncodedParameters, sql: String) throws(PostgresError) -> PostgresResult {
        let result = parameters.withPointers { count, _, values, lengths, formats in
            PQexecPrepared(self.pointer, name, count, values, lengths, formats, 0)
        }
        return try self.check(result, sql)
    }

    // MARK: COPY

    /// Sends what `next` gives, until it gives nil.
    ///
    /// - Returns: the number of rows that the server took.
    func copyIn(_ sql: String, next: () throws(PostgresError) -> [UInt8]?) throws(PostgresError) -> Int {
        try self.requireSendable(sql)
        guard let opening = PQexec(self.pointer, sql) else { throw self.failure(sql) }
        guard PQresultStatus(opening) == PGRES_COPY_IN else {
            _ = try self.check(opening, sql)
            throw PostgresError(kind: .invalidParameter, message: "copyIn needs a COPY … FROM STDIN.", statement: sql)
        }
        let isBinary = PQbinaryTuples(opening) == 1
        PQclear(opening)
        do throws(PostgresError) {
            if isBinary {
                throw PostgresError(kind: .invalidParameter, message: "copyIn sends the text format.", statement: sql)
            }
            while let chunk = try next() {
                let sent = chunk.withUnsafeBytes { bytes in
                    PQputCopyData(self.pointer, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(bytes.count))
                }
                // The server's own reason, if it has one, comes with the result below.
                if sent != 1 { break }
            }
        } catch {
            self.abandonCopy()
            throw error
        }
        _ = PQputCopyEnd(self.pointer, nil)
        var copied = 0
        var failure: PostgresError?
        while let next = PQgetResult(self.pointer) {
            do throws(PostgresError) { copied = try self.check(next, sql).affectedRows } catch { failure = failure ?? error }
        }
        if let failure { throw failure }
        guard self.isOpen else { throw self.failure(sql) }
        return copied
    }

    /// Leaves COPY mode, in whichever direction.
    private func abandonCopy() {
        _ = PQputCopyEnd(self.pointer, "given up by the client")
        while let result = PQgetResult(self.pointer) {
            if PQresultStatus(result) == PGRES_COPY_OUT {
                var row: UnsafeMutablePointer<CChar>?
                while PQgetCopyData(self.pointer, &row, 0) > 0 { PQfreemem(row) }
            }
            PQclear(result)
            if !self.isOpen { return }
        }
    }

    // MARK: Errors

    func check(_ result: OpaquePointer?, _ sql: String) throws(PostgresError) -> PostgresResult {
        guard let result else { throw self.failure(sql) }
        switch PQresultStatus(result) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY:
            return PostgresResult(owning: result, statement: sql)
        case PGRES_COPY_IN, PGRES_COPY_BOTH:
            PQclear(result)
            self.abandonCopy()
            throw PostgresError(kind: .invalidParameter, message: "Send COPY … FROM STDIN with copyIn.", statement: sql)
        case PGRES_COPY_OUT:
            PQclear(result)
            var row: UnsafeMutablePointer<CChar>?
            while PQgetCopyData(self.pointer, &row, 0) > 0 { PQfreemem(row) }
            while let rest = PQgetResult(self.pointer) { PQclear(rest) }
            throw PostgresError(kind: .invalidParameter, message: "COPY … TO STDOUT is not offered; use SELECT.", statement: sql)
        default:
            defer { PQclear(result) }
            throw self.failure(sql, result)
        }
    }

    func failure(_ sql: String, _ result: OpaquePointer? = nil) -> PostgresError {
        func field(_ code: Character) -> String? {
            guard let result, let ascii = code.asciiValue else { return nil }
            return PQresultErrorField(result, Int32(ascii)).map { String(cString: $0) }
        }
        let sqlState = field("C")
        let lost = !self.isOpen
        var error = PostgresError(
            kind: lost || sqlState == nil ? .connectionLost : .server,
            sqlState: sqlState,
            message: field("M") ?? Self.trimmed(result.map { PQresultErrorMessage($0) } ?? PQerrorMessage(self.pointer)),
            detail: field("D"),
            hint: field("H"),
            constraint: field("n"),
            statement: sql
        )
        error.sourceFunction = field("R")
        return error
    }

    private func requireSendable(_ sql: String) throws(PostgresError) {
        guard self.isOpen else {
            throw PostgresError(kind: .connectionLost, message: "The connection is broken.", statement: sql)
        }
        guard !sql.utf8.contains(0) else {
            throw PostgresError(kind: .invalidParameter, message: "The statement holds a NUL byte.")
        }
    }

    static func trimmed(_ text: UnsafePointer<CChar>?) -> String {
        guard let text else { return "out of memory" }
        var message = String(cString: text)
        while message.last?.isWhitespace == true { message.removeLast() }
        return message.isEmpty ? "no reason given" : message
    }
}
