import Postgres

extension Store {
    /// Whether the database has understood a statement and will not have it, so that trying again is in vain.
    public static func isRefusal(_ error: any Error) -> Bool {
        guard let error = error as? PostgresError else { return false }
        return switch error.kind {
        case .server: !error.isTransient
        case .invalidParameter: true
        default: false
        }
    }
}
