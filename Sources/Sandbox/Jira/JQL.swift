/// The part of JQL that a reader needs: conditions joined by AND, and an order.
struct JQL: Sendable, Equatable {
    enum Field: String, Sendable {
        case project, updated, created, key, id
    }

    enum Comparison: String, Sendable {
        case equal = "="
        case unequal = "!="
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="
        case among = "in"
        case notAmong = "not in"
    }

    struct Condition: Sendable, Equatable {
        var field: Field
        var comparison: Comparison
        var values: [String]
    }

    struct Order: Sendable, Equatable {
        var field: Field
        var descending: Bool
    }

    var conditions: [Condition] = []
    var order: [Order] = []

    /// - Throws: `SandboxError` in the words of Jira's `errorMessages`.
    init(_ text: String) throws(SandboxError) {
        var tokens = try Self.tokens(text)[...]
        while let word = tokens.first, word.lowercased() != "order" {
            if !conditions.isEmpty {
                guard word.lowercased() == "and" else {
                    throw SandboxError("Error in the JQL Query: expecting AND before '\(word)'.")
                }
                tokens.removeFirst()
            }
            conditions.append(try Self.condition(&tokens))
        }
        if !tokens.isEmpty { order = try Self.order(tokens.dropFirst()) }
        guard !conditions.isEmpty else {
            throw SandboxError("Unbounded JQL queries are not allowed here. Please add a search restriction to your query.")
        }
        guard order.count <= 7 else { throw SandboxError("The JQL query has more than 7 fields to order by.") }
    }

    private static func field(_ name: String) throws(SandboxError) -> Field {
        switch name.lowercased() {
        case "project": return .project
        case "updated", "updateddate": return .updated
        case "created", "createddate": return .created
        case "key", "issuekey", "issue": return .key
        case "id": return .id
        default: throw SandboxError("Field '\(name)' does not exist or you do not have permission to view it.")
        }
    }

    private static func condition(_ tokens: inout ArraySlice<String>) throws(SandboxError) -> Condition {
        let field = try field(tokens.popFirst() ?? "")
        var word = tokens.popFirst()?.lowercased() ?? ""
        if word == "not" { word += " " + (tokens.popFirst()?.lowercased() ?? "") }
        guard let comparison = Comparison(rawValue: word) else {
            throw SandboxError("Error in the JQL Query: '\(word)' is no operator after '\(field.rawValue)'.")
        }
        guard comparison == .among || comparison == .notAmong else {
            guard let value = tokens.popFirst() else { throw SandboxError("Error in the JQL Query: it ends after '\(word)'.") }
            return Condition(field: field, comparison: comparison, values: [unquoted(value)])
        }
        guard tokens.popFirst() == "(" else { throw SandboxError("Error in the JQL Query: expecting '(' after '\(word)'.") }
        var values: [String] = []
        while let token = tokens.popFirst() {
            if token == ")" { return Condition(field: field, comparison: comparison, values: values) }
            if token != "," { values.append(unquoted(token)) }
        }
        throw SandboxError("Error in the JQL Query: expecting ')' at the end of the list.")
    }

    private static func order(_ tokens: ArraySlice<String>) throws(SandboxError) -> [Order] {
        guard tokens.first?.lowercased() == "by" else { throw SandboxError("Error in the JQL Query: expecting BY after ORDER.") }
        var order: [Order] = []
        for part in tokens.dropFirst().split(separator: ",") {
            guard let name = part.first else { continue }
            let field = try field(name)
            guard field != .project, part.count <= 2 else {
                throw SandboxError("Error in the JQL Query: '\(part.joined(separator: " "))' is no order.")
            }
            switch part.dropFirst().first?.lowercased() {
            case nil, "asc": order.append(Order(field: field, descending: false))
            case "desc": order.append(Order(field: field, descending: true))
            case let word?: throw SandboxError("Error in the JQL Query: expecting ASC or DESC but got '\(word)'.")
            }
        }
        return order
    }

    private static func unquoted(_ token: String) -> String {
        token.hasPrefix("\"") || token.hasPrefix("'") ? String(token.dropFirst().dropLast()) : token
    }

    private static func tokens(_ text: String) throws(SandboxError) -> [String] {
        var tokens: [String] = []
        var rest = text[...]
        while let first = rest.first {
            if first.isWhitespace {
                rest.removeFirst()
            } else if "(),".contains(first) {
                tokens.append(String(rest.removeFirst()))
            } else if "=!<>".contains(first) {
                let word = rest.prefix { "=!<>".contains($0) }
                tokens.append(String(word))
                rest = rest.dropFirst(word.count)
            } else if first == "\"" || first == "'" {
                guard let end = rest.dropFirst().firstIndex(of: first) else {
                    throw SandboxError("Error in the JQL Query: The quoted string has not been completed.")
                }
                tokens.append(String(rest[...end]))
                rest = rest[rest.index(after: end)...]
            } else {
                let word = rest.prefix { !$0.isWhitespace && !"(),=!<>\"'".contains($0) }
                tokens.append(String(word))
                rest = rest.dropFirst(word.count)
            }
        }
        return tokens
    }
}
