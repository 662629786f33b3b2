/// A JSON document as a tree that keeps the order of members and the spelling of numbers.
///
/// Texts are clean: NUL characters and lone surrogates, which PostgreSQL refuses, are dropped while parsing.
enum JSONValue: Sendable, Equatable {
    struct Member: Sendable, Equatable {
        var name: String
        var value: JSONValue
    }

    case null
    case bool(Bool)
    /// As it was spelled.
    case number(String)
    case string(String)
    case array([JSONValue])
    case object([Member])

    /// The member of that name (the last one, where it occurs twice); ``null`` where there is none.
    subscript(_ name: String) -> JSONValue {
        guard case .object(let members) = self else { return .null }
        return members.last { $0.name == name }?.value ?? .null
    }

    var isNull: Bool { self == .null }

    var array: [JSONValue]? {
        if case .array(let values) = self { values } else { nil }
    }

    var members: [Member]? {
        if case .object(let members) = self { members } else { nil }
    }

    var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// The string, unless it is empty or blank.
    var text: String? {
        guard let text = self.string, text.contains(where: { !$0.isWhitespace }) else { return nil }
        return text
    }

    var bool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    var double: Double? {
        guard case .number(let text) = self, let value = Double(text), value.isFinite else { return nil }
        return value
    }

    var int: Int? {
        guard case .number(let text) = self else { return nil }
        if let value = Int(text) { return value }
        guard let value = Double(text), value == value.rounded(), abs(value) < 9e15 else { return nil }
        return Int(value)
    }

    /// How many there are, or the place of one of them: never less than none, and small enough to be added to.
    var count: Int? { self.int.map { max(0, min($0, 1 << 40)) } }

    /// An id: a non-empty string, or a whole number as text.
    var identifier: String? {
        switch self {
        case .string(let text): text.isEmpty ? nil : text
        case .number: self.int.map(String.init)
        default: nil
        }
    }

    /// With one member set, or replaced where it stands.
    func with(_ name: String, _ value: JSONValue) -> JSONValue {
        guard let members = self.members else { return self }
        return .object(members.filter { $0.name != name } + [Member(name: name, value: value)])
    }

    init(_ members: KeyValuePairs<String, JSONValue>) {
        self = .object(members.map { Member(name: $0.key, value: $0.value) })
    }

    init(_ texts: [String]) { self = .array(texts.map(JSONValue.string)) }

    init(_ number: Int) { self = .number(String(number)) }
}
