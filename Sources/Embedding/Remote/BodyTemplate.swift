import FloatJSON
import HTTPTransport

/// A request body in bytes, with gaps for the texts; everything else is filled in once, when the provider is made.
///
/// A small body is one array. A large one is made in pieces as the connection takes them, so that no request holds more than a piece
/// and its texts, whatever the provider's limits.
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
    /// In bytes, without quotes.
    private let prefixLength: Int

    /// - Parameters:
    ///   - body: checked by ``BodyCheck``.
    ///   - value: what a placeholder stands for; nil leaves out the member that it is the value of.
    ///   - prefix: set before each text.
    init(_ body: JSONNode, prefix: String, value: (String) -> JSONNode.Value?) {
        var compiler = Compiler()
        compiler.add(body, value: value)
        self.segments = compiler.finish()
        self.prefix = prefix
        self.prefixLength = JSONByteWriter.length(of: prefix) - 2
    }

    /// A piece holds so many bytes, and one text's share more at most.
    static let pieceBytes = 64 << 10

    func body(for texts: [String]) -> HTTPBody {
        let length = self.length(for: texts)
        guard length > Self.pieceBytes else { return .bytes(self.bytes(for: texts, length: length)) }
        return .pieces(self.pieces(for: texts, length: length))
    }

    func pieces(for texts: [String]) -> HTTPPieces { self.pieces(for: texts, length: self.length(for: texts)) }

    private func pieces(for texts: [String], length: Int) -> HTTPPieces {
        HTTPPieces(length: length) {
            var place = Place()
            return AnyIterator {
                var piece: [UInt8] = []
                while piece.count < Self.pieceBytes, self.writeNext(at: &place, of: texts, into: &piece) {}
                return piece.isEmpty ? nil : piece
            }
        }
    }

    private func bytes(for texts: [String], length: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(length)
        var place = Place()
        while self.writeNext(at: &place, of: texts, into: &bytes) {}
        return bytes
    }

    /// Where the writing of a body stands.
    private struct Place {
        var segment = 0
        /// Of the segment's list.
        var text = 0
    }

    /// Writes the next segment, or of a list of texts the next element.
    ///
    /// - Returns: whether there was one.
    private func writeNext(at place: inout Place, of texts: [String], into bytes: inout [UInt8]) -> Bool {
        guard place.segment < self.segments.count else { return false }
        switch self.segments[place.segment] {
        case .bytes, .text:
            self.write(self.segments[place.segment], text: texts.first, into: &bytes)
        case .texts, .each:
            bytes.append(place.text == 0 ? UInt8(ascii: "[") : UInt8(ascii: ","))
            if place.text < texts.count {
                self.write(self.segments[place.segment], text: texts[place.text], into: &bytes)
                place.text += 1
            }
            guard place.text >= texts.count else { return true }
            bytes.append(UInt8(ascii: "]"))
            place.text = 0
        }
        place.segment += 1
        return true
    }

    /// Writes a segment, of a list one element.
    private func write(_ segment: Segment, text: String?, into bytes: inout [UInt8]) {
        switch segment {
        case .bytes(let literal): bytes.append(contentsOf: literal)
        case .text, .texts: if let text { self.quote(text, into: &bytes) }
        case .each(let inner): for segment in inner { self.write(segment, text: text, into: &bytes) }
        }
    }

    /// Exactly as many bytes as are written.
    private func length(for texts: [String]) -> Int {
        self.segments.reduce(0) { sum, segment in
            switch segment {
            case .bytes(let literal): sum + literal.count
            case .text: sum + (texts.first.map { self.length(of: segment, text: $0) } ?? 0)
            // Brackets around, and a comma between each two.
            case .texts, .each: sum + 1 + max(1, texts.count) + texts.reduce(0) { $0 + self.length(of: segment, text: $1) }
            }
        }
    }

    private func length(of segment: Segment, text: String) -> Int {
        switch segment {
        case .bytes(let literal): literal.count
        case .text, .texts: JSONByteWriter.length(of: text) + self.prefixLength
        case .each(let inner): inner.reduce(0) { $0 + self.length(of: $1, text: text) }
        }
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
                // A placeholder alone keeps the type of its value. A text is no template, whatever braces it holds.
                switch value(name) ?? .null {
                case .string(let text): self.quote(text)
                case let other: self.add(JSONNode(value: other, line: 0, column: 0), value: { _ in nil })
                }
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
