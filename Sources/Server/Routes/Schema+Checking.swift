extension Schema {
    /// What is wrong with a value that a client sent; nil where nothing is.
    func fault(of value: JSONValue, at path: String) -> Problem? {
        switch (self.kind, value) {
        case (.anything, _), (.boolean, .bool), (.number, .integer), (.number, .number): nil
        case (.text(let rule), .string(let text)): Self.fault(of: text, rule: rule, at: path)
        case (.choice(let values), .string(let text)):
            values.contains(text)
                ? nil
                : .invalid(path, "there is no \(text.prefix(100))", allowed: "use " + values.joined(separator: ", "))
        case (.integer(let range), .integer(let number)):
            range.contains(number) ? nil : .invalid(path, "\(number) is not allowed", allowed: Self.allowed(range))
        case (.list(let element, let count), .array(let elements)):
            Self.fault(of: elements, element: element, count: count, at: path)
        case (.object(let members, let others), .object(let values)):
            Self.fault(of: values, members: members, others: others, at: path)
        default:
            .invalid(path, value == .null ? "it is null" : "it has the wrong type", allowed: "give \(self.kindName)")
        }
    }

    private static func allowed(_ range: ClosedRange<Int>) -> String {
        range.upperBound == .max
            ? "give a whole number from \(range.lowerBound) on"
            : "give a whole number from \(range.lowerBound) to \(range.upperBound)"
    }

    private static func fault(of text: String, rule: TextRule, at path: String) -> Problem? {
        if let length = rule.length {
            let count = text.unicodeScalars.count
            guard length.contains(count) else {
                return .invalid(path, count == 0 ? "it is empty" : "it has \(count) characters", allowed: rule.allowed)
            }
        }
        return rule.check(text) ? nil : .invalid(path, "its value cannot be used", allowed: rule.allowed)
    }

    private static func fault(of values: [JSONValue], element: Schema, count: ClosedRange<Int>, at path: String) -> Problem? {
        guard count.contains(values.count) else {
            return .invalid(
                path,
                "it has \(values.count) elements",
                allowed: count.upperBound == .max
                    ? "give at least \(count.lowerBound)" : "give \(count.lowerBound) to \(count.upperBound)"
            )
        }
        for (index, value) in values.enumerated() {
            if let fault = element.fault(of: value, at: "\(path)[\(index)]") { return fault }
        }
        return nil
    }

    private static func fault(
        of values: [String: JSONValue],
        members: [Member],
        others: Schema?,
        at path: String
    ) -> Problem? {
        func name(_ member: String) -> String { path == "body" || path.isEmpty ? member : "\(path).\(member)" }
        let known = Set(members.map(\.name))
        for stranger in values.keys.sorted() where !known.contains(stranger) {
            guard let others, let value = values[stranger] else {
                return .invalid(
                    name(String(stranger.prefix(100))),
                    "there is no such member",
                    allowed: "use " + members.map(\.name).joined(separator: ", ")
                )
            }
            if let fault = others.fault(of: value, at: name(String(stranger.prefix(100)))) { return fault }
        }
        for member in members {
            switch values[member.name] {
            case nil where member.isRequired: return .invalid(name(member.name), "it is missing", allowed: "add it")
            case nil: continue
            case .null? where !member.isRequired: continue
            case let value?:
                if let fault = member.schema.fault(of: value, at: name(member.name)) { return fault }
            }
        }
        return nil
    }

    /// For messages.
    var kindName: String {
        switch self.kind {
        case .text, .choice: "a text"
        case .integer: "a whole number"
        case .number: "a number"
        case .boolean: "true or false"
        case .list: "a list"
        case .object: "an object"
        case .anything: "a value"
        }
    }

    /// A parameter's text as the value that this schema speaks of; a text where it is none.
    func value(ofText text: String) -> JSONValue {
        switch self.kind {
        case .integer:
            let digits = text.hasPrefix("-") ? text.dropFirst() : Substring(text)
            guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(text) else {
                return .string(text)
            }
            return .integer(number)
        case .boolean: return text == "true" ? .bool(true) : text == "false" ? .bool(false) : .string(text)
        case .list(let element, _): return element.value(ofText: text)
        default: return .string(text)
        }
    }
}
