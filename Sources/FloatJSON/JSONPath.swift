/// Where values stand in a JSON document: `data[*].embedding`, `embeddings.float[*]`, `[*]`, `result["a.b"][0]`.
///
/// Keys are separated by dots; `[*]` is every element of an array, `[3]` one of them, `["a.b"]` a key in quotes (without
/// escapes). The empty path is the document itself.
public struct JSONPath: Sendable, Hashable, CustomStringConvertible {
    public enum Step: Sendable, Hashable {
        case key(String)
        case index(Int)
        case every
    }

    public var steps: [Step]

    public init(steps: [Step]) {
        self.steps = steps
    }

    /// Reads a path that comes from outside, a provider file for instance.
    ///
    /// - Throws: ``FloatJSONError`` of kind `malformedPath` with the offset within `text`.
    public init(parsing text: String) throws(FloatJSONError) {
        let bytes = Array(text.utf8)
        var steps: [Step] = []
        var at = 0
        var keyMayFollow = true
        while at < bytes.count {
            switch bytes[at] {
            case UInt8(ascii: "["):
                let (step, end) = try Self.bracket(bytes, from: at)
                steps.append(step)
                at = end
                keyMayFollow = false
            case UInt8(ascii: "."):
                guard !keyMayFollow, at + 1 < bytes.count, bytes[at + 1] != UInt8(ascii: "[") else {
                    throw FloatJSONError(.malformedPath, at: at)
                }
                at += 1
                keyMayFollow = true
            default:
                guard keyMayFollow else { throw FloatJSONError(.malformedPath, at: at) }
                let start = at
                while at < bytes.count, bytes[at] != UInt8(ascii: "."), bytes[at] != UInt8(ascii: "[") {
                    guard bytes[at] != UInt8(ascii: "]") else { throw FloatJSONError(.malformedPath, at: at) }
                    at += 1
                }
                steps.append(.key(String(decoding: bytes[start..<at], as: UTF8.self)))
                keyMayFollow = false
            }
        }
        self.steps = steps
    }

    private static func bracket(_ bytes: [UInt8], from open: Int) throws(FloatJSONError) -> (Step, end: Int) {
        let start = open + 1
        guard start < bytes.count else { throw FloatJSONError(.malformedPath, at: open) }
        var close = start
        let step: Step
        if bytes[start] == UInt8(ascii: "\"") {
            close += 1
            while close < bytes.count, bytes[close] != UInt8(ascii: "\"") { close += 1 }
            guard close < bytes.count else { throw FloatJSONError(.malformedPath, at: open) }
            step = .key(String(decoding: bytes[start + 1..<close], as: UTF8.self))
            close += 1
        } else if bytes[start] == UInt8(ascii: "*") {
            close += 1
            step = .every
        } else {
            while close < bytes.count, bytes[close] &- UInt8(ascii: "0") < 10 { close += 1 }
            guard let index = Int(String(decoding: bytes[start..<close], as: UTF8.self)) else {
                throw FloatJSONError(.malformedPath, at: start)
            }
            step = .index(index)
        }
        guard close < bytes.count, bytes[close] == UInt8(ascii: "]") else { throw FloatJSONError(.malformedPath, at: close) }
        return (step, close + 1)
    }

    public var description: String {
        var text = ""
        for step in self.steps {
            switch step {
            case .every: text += "[*]"
            case .index(let index): text += "[\(index)]"
            case .key(let key):
                if key.isEmpty || key.utf8.contains(where: { ".[]\"".utf8.contains($0) }) {
                    text += "[\"\(key)\"]"
                } else {
                    text += text.isEmpty ? key : ".\(key)"
                }
            }
        }
        return text
    }
}

/// Paths that stand in the source: a malformed one is a programmer's mistake and stops the program.
extension JSONPath: ExpressibleByStringLiteral {
    public init(stringLiteral text: String) {
        do {
            try self.init(parsing: text)
        } catch {
            preconditionFailure("\(error): \(text)")
        }
    }
}
