import FloatJSON
import Foundation
import Hummingbird
import NIOCore

/// Reads bodies of requests: what a type does not know is refused, by name.
enum StrictJSON {
    /// Objects and arrays within each other.
    static let deepest = 16

    /// - Parameter emptyIs: what an absent body stands for; nil where a body is needed.
    static func decode<T: Decodable>(_ type: T.Type, from request: Request, emptyIs empty: T? = nil) async throws -> T {
        if let length = request.headers[.contentLength].flatMap(Int.init), length > PulseContext.largestBody {
            throw Problem.tooLarge
        }
        var request = request
        let buffer = try await request.collectBody(upTo: PulseContext.largestBody)
        if buffer.readableBytes == 0, let empty { return empty }
        return try Self.decode(type, from: Array(buffer.readableBytesView))
    }

    /// JSON as a value. A member that is given twice is refused: its readers might differ on which one counts.
    static func value(from bytes: [UInt8]) throws(Problem) -> JSONValue {
        try Self.checkForm(bytes)
        var twice: String?
        do throws(FloatJSONError) {
            var json = JSONByteReader(bytes)
            let value = try Self.value(&json, twice: &twice)
            try json.finish()
            guard twice == nil else { throw FloatJSONError(.duplicate, at: 0) }
            return value
        } catch {
            if let twice { throw Self.problem(String(twice.prefix(100)), "it is given more than once", allowed: "give it once") }
            throw Self.problem("body", "it is no JSON", allowed: "send a JSON object")
        }
    }

    private static func value(_ json: inout JSONByteReader, twice: inout String?) throws(FloatJSONError) -> JSONValue {
        switch try json.kind() {
        case .null:
            _ = try json.null()
            return .null
        case .bool: return .bool(try json.bool())
        case .string: return .string(try json.string())
        case .number:
            let number = try json.number()
            return number.whole.map { .integer($0) } ?? .number(number.double)
        case .array:
            var elements: [JSONValue] = []
            try json.array { json throws(FloatJSONError) in elements.append(try Self.value(&json, twice: &twice)) }
            return .array(elements)
        case .object:
            var members: [String: JSONValue] = [:]
            try json.object { key, json throws(FloatJSONError) in
                if members.updateValue(try Self.value(&json, twice: &twice), forKey: key) != nil { twice = key }
            }
            return .object(members)
        }
    }

    private static func checkForm(_ bytes: [UInt8]) throws(Problem) {
        // Foundation would guess UTF-16 and UTF-32.
        guard !bytes.contains(0), String(validating: bytes, as: UTF8.self) != nil else {
            throw Self.problem("body", "it is not UTF-8", allowed: "send JSON in UTF-8")
        }
        guard Self.depth(of: bytes) <= Self.deepest else {
            throw Self.problem(
                "body",
                "it is nested more than \(Self.deepest) deep",
                allowed: "send the members that the API names"
            )
        }
    }

    static func decode<T: Decodable>(_ type: T.Type, from bytes: [UInt8]) throws(Problem) -> T {
        try Self.checkForm(bytes)
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch let problem as Problem {
            throw problem
        } catch let error as DecodingError {
            throw Self.problem(of: error)
        } catch {
            throw Self.problem("body", "it is no JSON", allowed: "send a JSON object")
        }
    }

    private static func depth(of bytes: [UInt8]) -> Int {
        var depth = 0
        var deepest = 0
        var isInString = false
        var isEscaped = false
        for byte in bytes {
            if isInString {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInString = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isInString = true
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                deepest = max(deepest, depth)
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            default: break
            }
        }
        return deepest
    }

    private static func problem(of error: DecodingError) -> Problem {
        switch error {
        case .keyNotFound(let key, let context):
            self.problem(self.name(context.codingPath + [key]), "it is missing", allowed: "add it")
        case .typeMismatch(let type, let context):
            self.problem(self.name(context.codingPath), "it has the wrong type", allowed: "give \(self.name(of: type))")
        case .valueNotFound(let type, let context):
            self.problem(self.name(context.codingPath), "it is null", allowed: "give \(self.name(of: type))")
        case .dataCorrupted(let context) where context.codingPath.isEmpty:
            self.problem("body", "it is no JSON", allowed: "send a JSON object")
        case .dataCorrupted(let context):
            self.problem(
                self.name(context.codingPath),
                "its value cannot be used",
                allowed: "give a value of the right kind and size"
            )
        @unknown default:
            self.problem("body", "it cannot be read", allowed: "send a JSON object as the API describes it")
        }
    }

    private static func problem(_ field: String, _ detail: String, allowed: String) -> Problem {
        .invalid(field, detail, allowed: allowed)
    }

    private static func name(_ path: [any CodingKey]) -> String {
        guard !path.isEmpty else { return "body" }
        var name = ""
        for key in path {
            if let index = key.intValue {
                name += "[\(index)]"
            } else {
                name += (name.isEmpty ? "" : ".") + key.stringValue
            }
        }
        return name
    }

    private static func name(of type: Any.Type) -> String {
        switch type {
        case is String.Type: "a string"
        case is Int.Type, is Double.Type: "a whole number"
        case is Bool.Type: "true or false"
        case is [Any].Type: "a list"
        default: "an object"
        }
    }
}

extension Decoder {
    /// Refuses members that are not in `keys`.
    func refuseMembers<Key: CodingKey & CaseIterable>(besides keys: Key.Type) throws {
        let known = Key.allCases.map(\.stringValue)
        let members = try self.container(keyedBy: AnyMember.self)
        guard let stranger = members.allKeys.map(\.stringValue).filter({ !known.contains($0) }).min() else { return }
        let path = self.codingPath.map(\.stringValue) + [String(stranger.prefix(100))]
        throw Problem.invalid(
            path.joined(separator: "."),
            "there is no such member",
            allowed: "use " + known.joined(separator: ", ")
        )
    }
}

private struct AnyMember: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}
