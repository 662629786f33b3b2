extension Schema {
    /// As JSON Schema 2020-12.
    ///
    /// - Parameters:
    ///   - isRequest: whether clients send it: then members that may be left out may be null as well.
    ///   - components: collects the named ones, which are referred to.
    func json(isRequest: Bool, components: inout [String: JSONValue]) -> JSONValue {
        guard let name = self.name else { return self.plainJSON(isRequest: isRequest, components: &components) }
        if components[name] == nil {
            // Its place first: what it refers to may refer to it.
            components[name] = .null
            var plain = self
            plain.note = nil
            components[name] = plain.plainJSON(isRequest: isRequest, components: &components)
        }
        var reference: [String: JSONValue] = ["$ref": .string("#/components/schemas/\(name)")]
        if let note = self.note { reference["description"] = .string(note) }
        return .object(reference)
    }

    private func plainJSON(isRequest: Bool, components: inout [String: JSONValue]) -> JSONValue {
        var json: [String: JSONValue] = [:]
        if let note = self.note { json["description"] = .string(note) }
        switch self.kind {
        case .text(let rule):
            json["type"] = "string"
            if let pattern = rule.pattern { json["pattern"] = .string(pattern) }
            if let format = rule.format { json["format"] = .string(format) }
            if let length = rule.length {
                if length.lowerBound > 0 { json["minLength"] = .integer(length.lowerBound) }
                json["maxLength"] = .integer(length.upperBound)
            }
        case .choice(let values):
            json["type"] = "string"
            json["enum"] = .array(values.map(JSONValue.string))
        case .integer(let range):
            json["type"] = "integer"
            if range.lowerBound != .min { json["minimum"] = .integer(range.lowerBound) }
            if range.upperBound != .max { json["maximum"] = .integer(range.upperBound) }
        case .number: json["type"] = "number"
        case .boolean: json["type"] = "boolean"
        case .list(let element, let count):
            json["type"] = "array"
            json["items"] = element.json(isRequest: isRequest, components: &components)
            if count.lowerBound > 0 { json["minItems"] = .integer(count.lowerBound) }
            if count.upperBound != .max { json["maxItems"] = .integer(count.upperBound) }
        case .object(let members, let others):
            json["type"] = "object"
            var properties: [String: JSONValue] = [:]
            for member in members {
                let schema = member.schema.json(isRequest: isRequest, components: &components)
                properties[member.name] = isRequest && !member.isRequired ? Self.nullable(schema) : schema
            }
            if !properties.isEmpty { json["properties"] = .object(properties) }
            let required = members.filter(\.isRequired).map { JSONValue.string($0.name) }
            if !required.isEmpty { json["required"] = .array(required) }
            json["additionalProperties"] = others?.json(isRequest: isRequest, components: &components) ?? .bool(false)
        case .anything: break
        }
        return .object(json)
    }

    private static func nullable(_ schema: JSONValue) -> JSONValue {
        guard case .object(var members) = schema, case .string(let type)? = members["type"] else {
            return schema == .object([:]) ? schema : ["anyOf": [schema, ["type": "null"]]]
        }
        members["type"] = [.string(type), "null"]
        if case .array(let values)? = members["enum"] { members["enum"] = .array(values + [.null]) }
        return .object(members)
    }
}
