/// A parsed GraphQL document: one operation and its fragments, as far as readers of GitHub use the language.
struct GraphQuery: Sendable {
    indirect enum Value: Sendable {
        case json(JSONValue)
        case variable(String)
        case list([Value])
        case object([(name: String, value: Value)])
    }

    struct Field: Sendable {
        var alias: String
        var name: String
        var arguments: [(name: String, value: Value)]
        var selections: [Selection]
    }

    indirect enum Selection: Sendable {
        case field(Field)
        case spread(String)
        /// On a type; nil where it names none.
        case inline(String?, [Selection])
    }

    struct Variable: Sendable {
        var name: String
        /// As it is written, such as `[ID!]!`.
        var type: String
        var standard: JSONValue?
    }

    struct Fragment: Sendable {
        var type: String
        var selections: [Selection]
    }

    var variables: [Variable] = []
    var selections: [Selection] = []
    var fragments: [String: Fragment] = [:]
}

/// What GitHub says of a document that is no GraphQL.
struct GraphSyntaxError: Error {
    var message: String
}
