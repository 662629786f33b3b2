/// Checks a query against the schema as GitHub does before it runs one, and counts what it costs.
struct GraphCheck {
    private let query: GraphQuery
    private let variables: [String: JSONValue]
    private(set) var errors: [JSONValue] = []
    private var usedVariables: Set<String> = []
    private var usedFragments: Set<String> = []
    /// How often connections are fetched.
    private var fetches = 0
    private(set) var nodes = 0

    init(_ query: GraphQuery, variables: [String: JSONValue]) {
        self.query = query
        self.variables = variables
    }

    /// Points by GitHub's formula: connections fetched if every page is full, over a hundred, at least one.
    var cost: Int { max(1, (self.fetches + 50) / 100) }

    mutating func run() {
        self.check(self.query.selections, on: "Query", path: ["query"], times: 1)
        for name in self.query.fragments.keys.sorted() where !self.usedFragments.contains(name) {
            self.refuse("Fragment \(name) was defined, but not used", code: "useAndDefineFragment", path: ["fragment \(name)"])
        }
        for variable in self.query.variables {
            if !self.usedVariables.contains(variable.name) {
                self.refuse("Variable $\(variable.name) is declared by  but not used", code: "variableNotUsed", path: ["query"])
            }
            if variable.type.hasSuffix("!"), variable.standard == nil, self.variables[variable.name] ?? .null == .null {
                self.refuse(
                    "Variable $\(variable.name) of type \(variable.type) was provided invalid value",
                    code: "variableRequired",
                    path: ["query"]
                )
            }
        }
        if self.nodes > 500_000 {
            self.errors.append([
                "type": "MAX_NODE_LIMIT_EXCEEDED",
                "message": .string(
                    "This query requests up to \(self.nodes) possible nodes which exceeds the maximum limit of 500,000."
                ),
            ])
        }
    }

    private mutating func refuse(_ message: String, code: String, path: [String], _ more: [(String, String)] = []) {
        let extensions = [("code", code)] + more
        self.errors.append([
            "path": .array(path.map(JSONValue.string)),
            "extensions": .object(extensions.map { JSONMember(key: $0.0, value: .string($0.1)) }), "message": .string(message),
        ])
    }

    private mutating func check(_ selections: [GraphQuery.Selection], on type: String, path: [String], times: Int) {
        for selection in selections {
            switch selection {
            case .field(let field): self.check(field, on: type, path: path + [field.alias], times: times)
            case .spread(let name):
                guard let fragment = self.query.fragments[name] else {
                    self.refuse("Fragment \(name) was used, but not defined", code: "useAndDefineFragment", path: path)
                    continue
                }
                self.usedFragments.insert(name)
                self.fragment(fragment.type, fragment.selections, on: type, path: path, times: times)
            case .inline(let condition, let inner):
                self.fragment(condition ?? type, inner, on: type, path: path, times: times)
            }
        }
    }

    private mutating func fragment(
        _ condition: String,
        _ selections: [GraphQuery.Selection],
        on type: String,
        path: [String],
        times: Int
    ) {
        guard GraphSchema.types[condition] != nil else {
            self.refuse("No such type \(condition), so it can't be a fragment condition", code: "undefinedType", path: path)
            return
        }
        guard GraphSchema.overlaps(type, condition) else {
            self.refuse(
                "Fragment on \(condition) can't be spread inside \(type)",
                code: "cannotSpreadFragment",
                path: path
            )
            return
        }
        self.check(selections, on: condition, path: path, times: times)
    }

    private mutating func check(_ field: GraphQuery.Field, on type: String, path: [String], times: Int) {
        guard let known = GraphSchema.types[type]?[field.name] ?? (field.name == "__typename" ? .init(type: "scalar") : nil)
        else {
            self.refuse(
                "Field '\(field.name)' doesn't exist on type '\(type)'",
                code: "undefinedField",
                path: path,
                [("typeName", type), ("fieldName", field.name)]
            )
            return
        }
        for argument in field.arguments {
            self.use(argument.value, path: path)
            guard !known.arguments.contains(argument.name) else { continue }
            self.refuse(
                "Field '\(field.name)' doesn't accept argument '\(argument.name)'",
                code: "argumentNotAccepted",
                path: path + [argument.name],
                [("name", field.name), ("typeName", "Field"), ("argumentName", argument.name)]
            )
        }
        for name in known.required.sorted() where !field.arguments.contains(where: { $0.name == name }) {
            self.refuse(
                "Field '\(field.name)' is missing required arguments: \(name)",
                code: "missingRequiredArguments",
                path: path
            )
        }
        if known.type == "scalar" {
            if !field.selections.isEmpty {
                self.refuse(
                    "Selections can't be made on scalars (field '\(field.name)' returns a scalar but has selections)",
                    code: "selectionMismatch",
                    path: path
                )
            }
            return
        }
        guard !field.selections.isEmpty else {
            self.refuse(
                "Field must have selections (field '\(field.name)' returns \(known.type) but has no selections.)",
                code: "selectionMismatch",
                path: path
            )
            return
        }
        var inner = times
        if known.isConnection {
            self.fetches += times
            let size = ["first", "last"].compactMap { self.int($0, of: field) }.first
            if let size {
                if !(1...100).contains(size) {
                    self.errors.append([
                        "type": "EXCESSIVE_PAGINATION", "path": .array(path.map(JSONValue.string)),
                        "message": .string(
                            "Requesting \(size) records on the `\(field.name)` connection exceeds the `first` limit of 100 records."
                        ),
                    ])
                }
                inner = times * size
                self.nodes += inner
            } else if Self.asksForNodes(field.selections, self.query.fragments) {
                self.errors.append([
                    "type": "MISSING_PAGINATION_BOUNDARIES", "path": .array(path.map(JSONValue.string)),
                    "message": .string(
                        "You must provide a `first` or `last` value to properly paginate the `\(field.name)` connection."
                    ),
                ])
            }
        } else if field.name == "nodes", type == "Query" {
            inner = times * (self.value("ids", of: field)?.arrayValue?.count ?? 1)
        }
        self.check(field.selections, on: known.type, path: path, times: inner)
    }

    private static func asksForNodes(_ selections: [GraphQuery.Selection], _ fragments: [String: GraphQuery.Fragment]) -> Bool {
        selections.contains { selection in
            switch selection {
            case .field(let field): field.name != "totalCount"
            case .spread(let name): fragments[name].map { Self.asksForNodes($0.selections, fragments) } ?? false
            case .inline(_, let inner): Self.asksForNodes(inner, fragments)
            }
        }
    }

    private mutating func use(_ value: GraphQuery.Value, path: [String]) {
        switch value {
        case .json: return
        case .variable(let name):
            if self.query.variables.contains(where: { $0.name == name }) {
                self.usedVariables.insert(name)
            } else {
                self.refuse("Variable $\(name) is used by  but not declared", code: "variableNotDefined", path: path)
            }
        case .list(let values): for value in values { self.use(value, path: path) }
        case .object(let members): for member in members { self.use(member.value, path: path) }
        }
    }

    private func value(_ name: String, of field: GraphQuery.Field) -> JSONValue? {
        guard let argument = field.arguments.first(where: { $0.name == name }) else { return nil }
        return argument.value.json(self.variables, self.query)
    }

    private func int(_ name: String, of field: GraphQuery.Field) -> Int? { self.value(name, of: field)?.intValue }
}

extension GraphQuery.Value {
    /// The value with its variables put in.
    func json(_ variables: [String: JSONValue], _ query: GraphQuery) -> JSONValue {
        switch self {
        case .json(let value): value
        case .variable(let name): variables[name] ?? query.variables.first { $0.name == name }?.standard ?? .null
        case .list(let values): .array(values.map { $0.json(variables, query) })
        case .object(let members):
            .object(members.map { JSONMember(key: $0.name, value: $0.value.json(variables, query)) })
        }
    }
}
