import FloatJSON

/// Which keys of the payload come with an answer.
public enum PayloadSelection: Sendable, Equatable {
    case all
    case only([String])

    /// The same with one key more.
    func adding(_ key: String) -> PayloadSelection {
        switch self {
        case .all: .all
        case .only(let keys): .only(keys + [key])
        }
    }

    /// The value of `with_payload`. The tenant's key always comes along: each point of an answer is checked.
    func write(to json: inout JSONByteWriter) {
        switch self {
        case .all: json.bool(true)
        case .only(let keys):
            json.array { json in
                var written: Set<String> = []
                for key in [PointKey.tenant] + keys where written.insert(key).inserted { json.string(key) }
            }
        }
    }
}
