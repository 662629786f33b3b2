import PulseModel

/// What the database holds that the service cannot work with.
public enum StoreError: Error, Sendable, Equatable, CustomStringConvertible {
    case unknownTenant(String)
    case tenantExists(String)
    case unknownTable(String)
    case invalidName(String)
    case unknownKind(String)
    case migrationChanged(file: String)
    case migrationUnknown(version: Int)
    case noMigrations(directory: String)
    case notMigrated
    case contended(String)

    public var description: String {
        switch self {
        case .unknownTenant(let name): "there is no tenant \(name); `pulse tenant list` shows those there are"
        case .tenantExists(let name): "a tenant \(name) exists already"
        case .unknownTable(let name):
            "the database was created by a newer Pulse (it names a table \(name)); run that version"
        case .invalidName(let name): "\(name) is not a valid name: use lower-case letters, digits, - and _, at most 63"
        case .unknownKind(let kind):
            "\(kind) is not a failure kind: use one of \(FailureKind.allCases.map(\.rawValue).joined(separator: ", "))"
        case .migrationChanged(let file):
            "\(file) was changed after it was applied; restore it and put the change into a new file"
        case .migrationUnknown(let version):
            "the database was created by a newer Pulse (it has migration \(version)); run that version"
        case .noMigrations(let directory): "there are no migrations in \(directory); set PULSE_MIGRATIONS_DIR"
        case .notMigrated: "the database lacks migrations that this version needs; run `pulse migrate`"
        case .contended(let what): "too many processes are changing \(what) at once; retrying"
        }
    }
}
