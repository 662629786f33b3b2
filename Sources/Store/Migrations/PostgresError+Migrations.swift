import Postgres

extension PostgresError {
    /// Whether what is missing is made by the migrations: a table (42P01), a function (42883), or the role that the service works as, which
    /// is missing only where nothing was ever migrated on this server (22023).
    var meansNotMigrated: Bool {
        switch self.sqlState {
        case "42P01", "42883": true
        case "22023": self.message.contains(Store.role)
        default: false
        }
    }
}
