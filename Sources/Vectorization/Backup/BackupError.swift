/// Why vectors cannot be backed up or restored.
public enum BackupError: Error, Sendable, Equatable, CustomStringConvertible {
    case nothingToKeep
    case noBackup(folder: String)
    case exists(folder: String)
    case unknownCollection(String, known: [String])
    case damaged(file: String, reason: String)

    public var description: String {
        switch self {
        case .nothingToKeep: "Qdrant has no collection of Pulse; run `pulse vectorize --drain` first"
        case .noBackup(let folder): "\(folder) holds no whole backup: it has no manifest.json"
        case .exists(let folder): "\(folder) holds a backup already; name another folder"
        case .unknownCollection(let name, let known):
            "there is no collection \(name); there are \(known.isEmpty ? "none" : known.joined(separator: ", "))"
        case .damaged(let file, let reason): "\(file) cannot be used: \(reason)"
        }
    }
}
