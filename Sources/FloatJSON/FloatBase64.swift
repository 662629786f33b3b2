/// Base64 (RFC 4648 §4) of little-endian 32-bit floats, as OpenAI's `encoding_format: "base64"` gives them.
public enum FloatBase64 {
    /// - Throws: kind `malformedBase64` (alphabet, padding, stray bits, a length that is no multiple of four bytes) or
    ///   `notFinite`; `offset` counts in `text`.
    public static func floats(_ text: [UInt8]) throws(FloatJSONError) -> [Float] {
        try text.withUnsafeBufferPointer { bytes throws(FloatJSONError) in try Self.floats(UnsafeRawBufferPointer(bytes)) }
    }

    static func floats(_ text: UnsafeRawBufferPointer) throws(FloatJSONError) -> [Float] {
        guard text.count % 4 == 0 else { throw FloatJSONError(.malformedBase64, at: text.count) }
        var padding = 0
        while padding < 2, padding < text.count, text[text.count - 1 - padding] == UInt8(ascii: "=") { padding += 1 }
        let byteCount = text.count / 4 * 3 - padding
        guard byteCount % 4 == 0 else { throw FloatJSONError(.malformedBase64, at: text.count) }
        guard byteCount > 0 else {
            guard text.isEmpty else { throw FloatJSONError(.malformedBase64, at: text.count) }
            return []
        }

        var isWhole = false
        let floats = [Float](unsafeUninitializedCapacity: byteCount / 4 + 1) { buffer, count in
            isWhole = Self.decode(text, padding: padding, into: UnsafeMutableRawBufferPointer(buffer))
            count = byteCount / 4
        }
        // What is wrong, and where, is looked for only now.
        guard isWhole, floats.allSatisfy(\.isFinite) else { throw Self.fault(in: text, padding: padding) }
        return floats
    }

    /// Four characters at a time, each looked up where its bits already stand in their places.
    ///
    /// - Parameter bytes: at least one byte larger than what comes out.
    /// - Returns: false where a character is not of the alphabet or the last one holds bits that belong to no byte.
    private static func decode(
        _ text: UnsafeRawBufferPointer,
        padding: Int,
        into bytes: UnsafeMutableRawBufferPointer
    ) -> Bool {
        self.places.withUnsafeBufferPointer { places in
            let whole = (text.count - padding) / 4 * 4
            var seen: UInt32 = 0
            var to = 0
            for at in stride(from: 0, to: whole, by: 4) {
                let four =
                    places[Int(text[at])] | places[256 + Int(text[at + 1])] | places[512 + Int(text[at + 2])]
                    | places[768 + Int(text[at + 3])]
                seen |= four
                // The fourth byte is the next one's first.
                bytes.storeBytes(of: four.littleEndian, toByteOffset: to, as: UInt32.self)
                to += 3
            }
            if padding > 0 {
                var last = places[Int(text[whole])] | places[256 + Int(text[whole + 1])]
                if padding == 1 { last |= places[512 + Int(text[whole + 2])] }
                seen |= last
                bytes[to] = UInt8(truncatingIfNeeded: last)
                if padding == 1 { bytes[to + 1] = UInt8(truncatingIfNeeded: last >> 8) }
                guard (last & 0xFF_FFFF) >> (padding == 1 ? 16 : 8) == 0 else { return false }
            }
            return seen >> 24 == 0
        }
    }

    /// What is wrong with a text of right length, character by character.
    private static func fault(in text: UnsafeRawBufferPointer, padding: Int) -> FloatJSONError {
        var pending: UInt64 = 0
        var pendingBits: UInt64 = 0
        // Sextets stand most significant first, the bytes of a float least significant first.
        for at in 0..<(text.count - padding) {
            let sextet = self.values[Int(text[at])]
            guard sextet < 64 else { return FloatJSONError(.malformedBase64, at: at) }
            pending = pending << 6 | UInt64(sextet)
            pendingBits += 6
            if pendingBits >= 32 {
                pendingBits -= 32
                let value = Float(bitPattern: UInt32(truncatingIfNeeded: pending >> pendingBits).byteSwapped)
                guard value.isFinite else { return FloatJSONError(.notFinite, at: at) }
                pending &= (1 << pendingBits) - 1
            }
        }
        return FloatJSONError(.malformedBase64, at: text.count - padding - 1)
    }

    /// The sextet of each byte, 255 where it is not of the alphabet.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 255, count: 256)
        for (value, byte) in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8.enumerated() {
            values[Int(byte)] = UInt8(value)
        }
        return values
    }()

    /// For each of four places, what a byte there contributes to three bytes in little-endian order; the top byte is set where
    /// it is not of the alphabet.
    private static let places: [UInt32] = (0..<4).flatMap { place in
        Self.values.map { value in
            guard value < 64 else { return 0xFF00_0000 }
            let bits = UInt32(value) << UInt32(18 - 6 * place)
            return bits >> 16 | bits & 0xFF00 | (bits & 0xFF) << 16
        }
    }
}
