/// What went wrong between this process and PostgreSQL.
///
/// Values of parameters are never part of an error's description. ``message`` and ``detail`` come from the server, which may
/// quote data in them; ``detail`` is therefore left out of ``description``.
public struct PostgresError: Error, Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// No connection could be opened: nobody listens, the password is wrong, the server starts up, time ran out.
        case cannotConnect
        /// The connection broke while it was in use. Whether the statement took effect is unknown.
        case connectionLost
        /// The server refused; ``PostgresError/sqlState`` says why.
        case server
        /// The task was cancelled. A running statement was cancelled on the server too.
        case cancelled
        /// No connection became free within the pool's time limit.
        case poolTimeout
        /// The pool has been closed.
        case poolClosed
        /// The URL or a setting is not valid.
        case invalidConfiguration
        /// A statement or a parameter that cannot be sent.
        case invalidParameter
        /// A column does not hold what was asked for.
        case decoding
        /// The connection broke during COMMIT: the transaction may or may not have been committed.
        case commitUnknown
    }

    public var kind: Kind
    /// The five characters of the SQLSTATE, where the server sent one.
    public var sqlState: String?
    public var message: String
    public var detail: String?
    public var hint: String?
    /// The name of the violated constraint.
    public var constraint: String?
    /// The SQL, cut to 400 characters.
    public var statement: String?
    /// The server's function that raised the error. Unlike the message, it does not depend on the server's language.
    var sourceFunction: String?

    public init(
        kind: Kind,
        sqlState: String? = nil,
        message: String,
        detail: String? = nil,
        hint: String? = nil,
        constraint: String? = nil,
        statement: String? = nil
    ) {
        self.kind = kind
        self.sqlState = sqlState
        self.message = message
        self.detail = detail
        self.hint = hint
        self.constraint = constraint
        self.statement = statement.map(Self.shortened)
    }

    /// Whether the same work may succeed when it is done again from its beginning.
    public var isTransient: Bool {
        switch self.kind {
        case .connectionLost, .cannotConnect, .poolTimeout: return true
        case .server:
            guard let state = self.sqlState else { return false }
            return ["40001", "40P01", "55P03"].contains(state) || ["08", "53", "57P0"].contains { state.hasPrefix($0) }
        case .cancelled, .poolClosed, .invalidConfiguration, .invalidParameter, .decoding, .commitUnknown: return false
        }
    }

    public var isUniqueViolation: Bool { self.sqlState == "23505" }

    /// Whether a lock was waited for longer than `lock_timeout` allows.
    public var isLockTimeout: Bool { self.sqlState == "55P03" }

    /// A serialization failure (40001) or a deadlock (40P01): the transaction was rolled back and may be run again.
    public var isSerializationFailure: Bool { self.sqlState == "40001" || self.sqlState == "40P01" }

    /// The connection is gone: it broke, or the server said farewell before it closed it (57P01 to 57P03, and 57P05 to an idle one).
    /// Source: appendix A of PostgreSQL's manual.
    var isEndOfConnection: Bool {
        self.kind == .connectionLost || self.sqlState.map { ["57P01", "57P02", "57P03", "57P05"].contains($0) } ?? false
    }

    /// A prepared statement no longer fits the tables that it names; preparing it again cures it.
    var isStaleStatement: Bool {
        (self.sqlState == "0A000" && self.sourceFunction == "RevalidateCachedQuery") || self.sqlState == "26000"
    }

    static func shortened(_ sql: String) -> String {
        let limit = 400
        guard let end = sql.index(sql.startIndex, offsetBy: limit, limitedBy: sql.endIndex), end != sql.endIndex else {
            return sql
        }
        return sql[..<end] + "…"
    }
}

extension PostgresError: CustomStringConvertible {
    public var description: String {
        var text = "PostgreSQL: \(self.summary)"
        if let sqlState { text += " [\(sqlState)]" }
        text += ": \(self.message)"
        if let constraint { text += " Constraint: \(constraint)." }
        if let hint { text += " Hint: \(hint)" }
        if let statement { text += " Statement: \(statement)" }
        return text
    }

    private var summary: String {
        switch self.kind {
        case .cannotConnect: "cannot connect"
        case .connectionLost: "connection lost"
        case .server: "the server refused"
        case .cancelled: "cancelled"
        case .poolTimeout: "no connection became free"
        case .poolClosed: "the pool is closed"
        case .invalidConfiguration: "invalid configuration"
        case .invalidParameter: "invalid parameter"
        case .decoding: "unexpected value"
        case .commitUnknown: "unknown outcome of COMMIT"
        }
    }
}

extension PostgresError {
    /// The same error with the statement that it belongs to.
    func about(_ sql: String) -> PostgresError {
        var error = self
        error.statement = error.statement ?? Self.shortened(sql)
        return error
    }
}
