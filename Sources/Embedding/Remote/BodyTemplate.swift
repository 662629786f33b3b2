import FloatJSON

/// A request body in bytes, with gaps for the texts; everything else is filled in once, when the provider is made.
struct BodyTemplate: Sendable {
    /// The key of an object that stands for one element a text.
    static let each = "$each"

    private enum Segment: Sendable {
        case bytes([UInt8])
        /// An array of all texts.
        case texts
        /// The text at hand.
        case text
        /// An array with these segments once a text.
        case each([Segment])
    }

    private let segments: [Segment]
    private let prefix: String

    /// - Parameters:
    ///   - body: checked by ``BodyCheck``.
    ///   - value: what a placeholder stands for; nil leaves out the member that it is the value of.
    ///   - prefix: set before each text.
    init(_ body: JSONNode, prefix: String, value: (String) -> JSONNode.Value?) {
        var compiler = Compiler()
        compiler.add(body, value: value)
        self.segments = compiler.finish()
        self.prefix = prefix
    }

    func bytes(for texts: [String]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(texts.reduce(1024) { $0 + $1.utf8.count + $1.utf8.count / 8 + 64 })
        self.write(self.segments, texts: texts[...], into: &bytes)
        return bytes
    }

    private func write(_ segments: [Segment], texts: ArraySlice<String>, into bytes: inout [UInt8]) {
        for segment in segments {
            switch segment {
            case .bytes(let literal):
                bytes.append(contentsOf: literal)
            case .text:
                if let text = texts.first { self.quote(text, into: &bytes) }
            case .texts:
                self.list(texts, into: &bytes) { text, bytes in self.quote(text, into: &bytes) }
            case .each(let inner):
                self.list(texts, into: &bytes) { text, bytes in self.write(inner, texts: [text], into: &bytes) }
            }
        }
    }

    private func list(_ texts: ArraySlice<String>, into bytes: inout [UInt8], element: (String, inout [UInt8]) -> Void) {
        bytes.append(UInt8(ascii: "["))
        for (offset, text) in texts.enumerated() {
            if offset > 0 { bytes.append(UInt8(ascii: ",")) }
            element(text, &bytes)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    private func quote(_ text: String, into bytes: inout [UInt8]) {
        var json = JSONByteWriter(capacity: text.utf8.count + 16)
        json.string(self.prefix.isEmpty ? text : self.prefix + text)
        bytes.append(contentsOf: json.bytes)
    }

    private struct Compiler {
        var segments: [Segment] = []
        var pending: [UInt8] = []

        mutating func finish() -> [Segment] {
            self.flush()
            return self.segments
        }

        private mutating func flush() {
            if !self.pending.isEmpty { self.segments.append(.bytes(self.pending)) }
            self.pending = []
        }

        private mutating func gap(_ segment: Segment) {
            self.flush()
            self.segments.append(segment)
        }

        mutating func add(_ node: JSONNode, value: (String) -> JSONNode.Value?) {
            switch node.value {
            case .null: self.pending += "null".utf8
            case .bool(let flag): self.pending += (flag ? "true" : "false").utf8
            case .number(let text): self.pending += text.utf8
            case .string(let text): self.add(text, value: value)
            case .array(let elements):
                self.pending.append(UInt8(ascii: "["))
                for (offset, element) in elements.enumerated() {
                    if offset > 0 { self.pending.append(UInt8(ascii: ",")) }
                    self.add(element, value: value)
                }
                self.pending.append(UInt8(ascii: "]"))
            case .object(let members):
                if let inner = node[BodyTemplate.each] {
                    var compiler = Compiler()
                    compiler.add(inner, value: value)
                    self.gap(.each(compiler.finish()))
                } else {
                    self.add(members, value: value)
                }
            }
        }

        private mutating func add(_ members: [JSONNode.Member], value: (String) -> JSONNode.Value?) {
            self.pending.append(UInt8(ascii: "{"))
            var isFirst = true
            for member in members {
                if let name = BodyTemplate.onlyPlaceholder(member.value.string), !["text", "texts"].contains(name),
                    value(name) == nil
                {
                    continue
                }
                if !isFirst { self.pending.append(UInt8(ascii: ",")) }
                isFirst = false
                self.quote(member.key)
                self.pending.append(UInt8(ascii: ":"))
                self.add(member.value, value: value)
            }
            self.pending.append(UInt8(ascii: "}"))
        }

        private mutating func add(_ text: String, value: (String) -> JSONNode.Value?) {
            switch BodyTemplate.onlyPlaceholder(text) {
            case "texts": self.gap(.texts)
            case "text": self.gap(.text)
            case let name?:
                // A placeholder alone keeps the type of its value.
                self.add(JSONNode(value: value(name) ?? .null, line: 0, column: 0), value: { _ in nil })
            case nil:
                self.quote(
                    Template.fill(text) { name in
                        value(name).flatMap { JSONNode(value: $0, line: 0, column: 0).scalarText } ?? ""
                    }
                )
            }
        }

        private mutating func quote(_ text: String) {
            var json = JSONByteWriter()
            json.string(text)
            self.pending += json.bytes
        }
    }

    /// The name, where the string is one placeholder and nothing else.
    private static func onlyPlaceholder(_ text: String?) -> String? {
        guard let text, let parts = Template.parts(text), parts.count == 1, case .placeholder(let name) = parts[0] else {
            return nil
        }
        return name
    }
}
