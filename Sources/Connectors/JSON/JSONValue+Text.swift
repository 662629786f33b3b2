extension JSONValue {
    /// Compact JSON text.
    ///
    /// A number that no PostgreSQL `numeric` can hold becomes null, so that the text is always good as `jsonb`.
    var serialized: String { String(decoding: self.bytes, as: UTF8.self) }

    /// The UTF-8 bytes of ``serialized``.
    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        self.append(to: &bytes)
        return bytes
    }

    private func append(to bytes: inout [UInt8]) {
        switch self {
        case .null: bytes += "null".utf8
        case .bool(let value): bytes += (value ? "true" : "false").utf8
        case .number(let text): bytes += (Self.isStorable(text) ? text : "null").utf8
        case .string(let text): Self.append(text, to: &bytes)
        case .array(let values):
            bytes.append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                value.append(to: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let members):
            bytes.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                Self.append(member.name, to: &bytes)
                bytes.append(UInt8(ascii: ":"))
                member.value.append(to: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    private static func append(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case UInt8(ascii: "\n"): bytes += #"\n"#.utf8
            case UInt8(ascii: "\r"): bytes += #"\r"#.utf8
            case UInt8(ascii: "\t"): bytes += #"\t"#.utf8
            case 0: continue
            case ..<0x20:
                bytes += #"\u00"#.utf8
                bytes += (byte < 16 ? "0" : "").utf8
                bytes += String(byte, radix: 16).utf8
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func isStorable(_ number: String) -> Bool {
        guard number.utf8.count <= 1_000 else { return false }
        guard let exponent = number.firstIndex(where: { $0 == "e" || $0 == "E" }) else { return true }
        return Int(number[number.index(after: exponent)...].drop { $0 == "+" }).map { abs($0) <= 1_000 } ?? false
    }
}
