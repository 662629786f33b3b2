import FloatJSON

/// Which keys of the payload come with an answer.
public enum PayloadSelection: Sendable, Equatable {
    case all
    case only([String])

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
