import Foundation

@testable import Embedding

/// As much of JSON Schema (2020-12) as `provider.schema.json` uses, written apart from the reader of provider files so that the two
/// can be held against each other.
struct SchemaCheck {
    /// A keyword that this check does not know, so that none is passed over in silence.
    struct UnknownKeyword: Error { var name: String }

    private static let remarks: Set<String> = ["$schema", "title", "description", "default", "examples", "$defs"]

    let root: JSONNode

    /// Whether `node` is as the schema says.
    func accepts(_ node: JSONNode) throws -> Bool { try self.accepts(node, self.root) }

    private func accepts(_ node: JSONNode, _ schema: JSONNode) throws -> Bool {
        if case .bool(let flag) = schema.value { return flag }
        for member in schema.members ?? [] where !Self.remarks.contains(member.key) {
            guard try self.holds(member.key, member.value, node, schema) else { return false }
        }
        return true
    }

    private func holds(_ keyword: String, _ value: JSONNode, _ node: JSONNode, _ schema: JSONNode) throws -> Bool {
        switch keyword {
        case "$ref": return try self.accepts(node, try self.definition(value.string ?? ""))
        case "type": return (value.elements ?? [value]).contains { Self.isType($0.string ?? "", node) }
        case "const": return Self.isSame(node, value)
        case "enum": return value.elements?.contains { Self.isSame(node, $0) } ?? false
        case "anyOf": return try value.elements?.contains { try self.accepts(node, $0) } ?? false
        case "oneOf": return try value.elements?.filter { try self.accepts(node, $0) }.count == 1
        case "not": return try !self.accepts(node, value)
        case "if":
            let branch = try self.accepts(node, value) ? schema["then"] : schema["else"]
            return try branch.map { try self.accepts(node, $0) } ?? true
        case "then", "else": return true
        case "pattern": return try node.string.map { try $0.firstMatch(of: Regex(value.string ?? "")) != nil } ?? true
        case "minLength": return node.string.map { Double($0.count) >= value.double ?? 0 } ?? true
        case "minimum": return node.double.map { $0 >= value.double ?? 0 } ?? true
        case "maximum": return node.double.map { $0 <= value.double ?? 0 } ?? true
        case "minItems": return node.elements.map { Double($0.count) >= value.double ?? 0 } ?? true
        case "maxItems": return node.elements.map { Double($0.count) <= value.double ?? 0 } ?? true
        case "minProperties": return node.members.map { Double($0.count) >= value.double ?? 0 } ?? true
        case "uniqueItems": return node.elements.map { Set($0.map { $0.scalarText ?? "" }).count == $0.count } ?? true
        case "items": return try node.elements?.allSatisfy { try self.accepts($0, value) } ?? true
        case "required": return node.members == nil || value.elements?.allSatisfy { node[$0.string ?? ""] != nil } ?? true
        case "dependentRequired":
            return value.members?.allSatisfy { rule in
                node[rule.key] == nil || rule.value.elements?.allSatisfy { node[$0.string ?? ""] != nil } ?? true
            } ?? true
        case "properties":
            return try value.members?.allSatisfy { rule in try node[rule.key].map { try self.accepts($0, rule.value) } ?? true }
                ?? true
        case "additionalProperties":
            let known = Set(schema["properties"]?.members?.map(\.key) ?? [])
            return try node.members?.allSatisfy { try known.contains($0.key) || self.accepts($0.value, value) } ?? true
        case "propertyNames":
            return try node.members?.allSatisfy { try self.accepts(JSONNode(value: .string($0.key), line: 0, column: 0), value) }
                ?? true
        default: throw UnknownKeyword(name: keyword)
        }
    }

    private func definition(_ reference: String) throws -> JSONNode {
        guard reference.hasPrefix("#/$defs/"), let node = self.root["$defs"]?[String(reference.dropFirst(8))] else {
            throw UnknownKeyword(name: "$ref \(reference)")
        }
        return node
    }

    private static func isType(_ name: String, _ node: JSONNode) -> Bool {
        switch (name, node.value) {
        case ("object", .object), ("array", .array), ("string", .string), ("number", .number), ("boolean", .bool),
            ("null", .null):
            true
        case ("integer", .number(let text)): Double(text).map { $0 == $0.rounded() } ?? false
        default: false
        }
    }

    private static func isSame(_ a: JSONNode, _ b: JSONNode) -> Bool {
        switch (a.value, b.value) {
        case (.string(let left), .string(let right)): left == right
        case (.number(let left), .number(let right)): Double(left) == Double(right)
        case (.bool(let left), .bool(let right)): left == right
        case (.null, .null): true
        default: false
        }
    }
}
