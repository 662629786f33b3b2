/// An object of an API: kept as it was recorded, or made when it is asked for, so that a world of 100,000 issues costs little memory.
struct Document: Sendable {
    private enum Source: Sendable {
        case stored(JSONValue)
        case made(@Sendable () -> JSONValue)
    }

    private var source: Source

    init(_ value: JSONValue) {
        source = .stored(value)
    }

    init(made: @escaping @Sendable () -> JSONValue) {
        source = .made(made)
    }

    func json() -> JSONValue {
        switch source {
        case .stored(let value): value
        case .made(let make): make()
        }
    }

    /// Changes the object by a merge patch in which null stays a value.
    mutating func apply(_ change: JSONValue) {
        switch source {
        case .stored(let value): source = .stored(value.patched(with: change))
        case .made(let make): source = .made { make().patched(with: change) }
        }
    }
}
