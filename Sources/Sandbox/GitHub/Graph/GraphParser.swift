/// Reads a GraphQL document.
struct GraphParser {
    private enum Token: Equatable {
        case name(String)
        case number(String)
        case text(String)
        case mark(Character)
        case spread
    }

    private var tokens: [Token] = []
    private var index = 0

    static func parse(_ text: String) throws(GraphSyntaxError) -> GraphQuery {
        var parser = GraphParser()
        try parser.tokenize(text)
        return try parser.document()
    }

    // MARK: - Words

    private mutating func tokenize(_ text: String) throws(GraphSyntaxError) {
        var rest = text.unicodeScalars[...]
        func isName(_ scalar: Unicode.Scalar) -> Bool {
            scalar == "_" || (scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil))
        }
        while let scalar = rest.first {
            switch scalar {
            case " ", "\n", "\r", "\t", ",", "\u{FEFF}":
                rest = rest.dropFirst()
            case "#":
                rest = rest.drop { $0 != "\n" }
            case ".":
                guard rest.prefix(3).elementsEqual("...".unicodeScalars) else { throw GraphSyntaxError(message: "stray dot") }
                self.tokens.append(.spread)
                rest = rest.dropFirst(3)
            case "{", "}", "(", ")", "[", "]", ":", "$", "!", "=", "@", "|":
                self.tokens.append(.mark(Character(scalar)))
                rest = rest.dropFirst()
            case "\"":
                rest = rest.dropFirst()
                var value = String.UnicodeScalarView()
                while let next = rest.first, next != "\"" {
                    rest = rest.dropFirst()
                    if next == "\\", let escaped = rest.first {
                        rest = rest.dropFirst()
                        value.append(escaped == "n" ? "\n" : escaped)
                    } else {
                        value.append(next)
                    }
                }
                guard !rest.isEmpty else { throw GraphSyntaxError(message: "a string does not end") }
                rest = rest.dropFirst()
                self.tokens.append(.text(String(value)))
            case "-", "0"..."9":
                let digits = rest.prefix { $0 == "-" || $0 == "." || ("0"..."9").contains($0) }
                self.tokens.append(.number(String(digits)))
                rest = rest.dropFirst(digits.count)
            default:
                let name = rest.prefix(while: isName)
                guard !name.isEmpty else { throw GraphSyntaxError(message: "unexpected \(scalar)") }
                self.tokens.append(.name(String(name)))
                rest = rest.dropFirst(name.count)
            }
        }
    }

    private var token: Token? { self.index < self.tokens.count ? self.tokens[self.index] : nil }

    private mutating func skip(_ mark: Character) -> Bool {
        guard self.token == .mark(mark) else { return false }
        self.index += 1
        return true
    }

    private mutating func expect(_ mark: Character) throws(GraphSyntaxError) {
        guard self.skip(mark) else {
            throw GraphSyntaxError(message: "Expected \"\(mark)\", actual: \(self.token.map { "\($0)" } ?? "end of document")")
        }
    }

    private mutating func name() throws(GraphSyntaxError) -> String {
        guard case .name(let name)? = self.token else { throw GraphSyntaxError(message: "a name is missing") }
        self.index += 1
        return name
    }

    // MARK: - Sentences

    private mutating func document() throws(GraphSyntaxError) -> GraphQuery {
        var query = GraphQuery()
        var operations = 0
        while let token {
            if token == .mark("{") {
                query.selections = try self.selections()
                operations += 1
                continue
            }
            switch try self.name() {
            case "query":
                operations += 1
                if case .name? = self.token { self.index += 1 }
                if self.skip("(") { query.variables = try self.variables() }
                query.selections = try self.selections()
            case "fragment":
                let name = try self.name()
                guard try self.name() == "on" else { throw GraphSyntaxError(message: "fragment \(name) names no type") }
                query.fragments[name] = .init(type: try self.name(), selections: try self.selections())
            case let other:
                throw GraphSyntaxError(message: "the sandbox plays queries only, not \(other)")
            }
        }
        guard operations == 1 else {
            throw GraphSyntaxError(message: "A query attribute must be specified and must be a string.")
        }
        return query
    }

    private mutating func variables() throws(GraphSyntaxError) -> [GraphQuery.Variable] {
        var variables: [GraphQuery.Variable] = []
        while !self.skip(")") {
            try self.expect("$")
            let name = try self.name()
            try self.expect(":")
            let type = try self.type()
            var standard: JSONValue?
            if self.skip("="), case .json(let value) = try self.value() { standard = value }
            variables.append(.init(name: name, type: type, standard: standard))
        }
        return variables
    }

    private mutating func type() throws(GraphSyntaxError) -> String {
        var type: String
        if self.skip("[") {
            type = "[" + (try self.type()) + "]"
            try self.expect("]")
        } else {
            type = try self.name()
        }
        if self.skip("!") { type += "!" }
        return type
    }

    private mutating func selections() throws(GraphSyntaxError) -> [GraphQuery.Selection] {
        try self.expect("{")
        var selections: [GraphQuery.Selection] = []
        while !self.skip("}") {
            if self.token == .spread {
                self.index += 1
                if case .name(let word)? = self.token, word != "on" {
                    self.index += 1
                    selections.append(.spread(word))
                } else {
                    var type: String?
                    if case .name("on")? = self.token {
                        self.index += 1
                        type = try self.name()
                    }
                    selections.append(.inline(type, try self.selections()))
                }
                continue
            }
            var name = try self.name()
            let alias = name
            if self.skip(":") { name = try self.name() }
            var arguments: [(name: String, value: GraphQuery.Value)] = []
            if self.skip("(") {
                while !self.skip(")") {
                    let argument = try self.name()
                    try self.expect(":")
                    arguments.append((argument, try self.value()))
                }
            }
            let inner = self.token == .mark("{") ? try self.selections() : []
            selections.append(.field(.init(alias: alias, name: name, arguments: arguments, selections: inner)))
        }
        guard !selections.isEmpty else { throw GraphSyntaxError(message: "a selection is empty") }
        return selections
    }

    private mutating func value() throws(GraphSyntaxError) -> GraphQuery.Value {
        guard let token else { throw GraphSyntaxError(message: "a value is missing") }
        self.index += 1
        switch token {
        case .number(let text): return .json(.number(text))
        case .text(let text): return .json(.string(text))
        case .name("true"): return .json(.bool(true))
        case .name("false"): return .json(.bool(false))
        case .name("null"): return .json(.null)
        case .name(let word): return .json(.string(word))
        case .mark("$"): return .variable(try self.name())
        case .mark("["):
            var values: [GraphQuery.Value] = []
            while !self.skip("]") { values.append(try self.value()) }
            return .list(values)
        case .mark("{"):
            var members: [(name: String, value: GraphQuery.Value)] = []
            while !self.skip("}") {
                let name = try self.name()
                try self.expect(":")
                members.append((name, try self.value()))
            }
            return .object(members)
        default: throw GraphSyntaxError(message: "a value is missing")
        }
    }
}
