/// Where a connection stands, as the server last said.
public enum PostgresTransactionStatus: Sendable, Hashable {
    /// No transaction is open.
    case idle
    /// A statement is under way.
    case active
    case inTransaction
    /// A statement of the open transaction failed; only ROLLBACK is accepted.
    case inFailedTransaction
    /// The connection is closed or broken.
    case unknown
}
