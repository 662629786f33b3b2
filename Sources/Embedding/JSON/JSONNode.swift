/// One value of a JSON text, with the place it stands at.
///
/// For provider files, error answers and small parts of answers; vectors never pass through it.
struct JSONNode: Sendable, Equatable {
    struct Member: Sendable, Equatable {
        var key: String
        /// Where the key stands.
        var line: Int
        var column: Int
        var value: JSONNode
    }

    enum Value: Sendable, Equatable {
        case null
        case bool(Bool)
        /// As written, so that a template reproduces it to the digit.
        case number(String)
        case string(String)
        case array([JSONNode])
        case object([Member])
    }

    var value: Value
    var line: Int
    var column: Int

    /// The word for the type in messages.
    var typeName: String {
        switch self.value {
        case .null: "null"
        case .bool: "true or false"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }

    var string: String? {
        if case .string(let string) = self.value { return string }
        return nil
    }

    var double: Double? {
        if case .number(let text) = self.value { return Double(text) }
        return nil
    }

    var members: [Member]? {
        if case .object(let members) = self.value { return members }
        return nil
    }

    var elements: [JSONNode]? {
        if case .array(let elements) = self.value { return elements }
        return nil
    }

    /// A string as it is, a number or a truth value as written; nil for the rest.
    var scalarText: String? {
        switch self.value {
        case .string(let text), .number(let text): text
        case .bool(let flag): flag ? "true" : "false"
        case .null, .array, .object: nil
        }
    }

    subscript(key: String) -> JSONNode? { self.members?.last { $0.key == key }?.value }
}
