/// Base64 (RFC 4648 §4) of little-endian 32-bit floats, as OpenAI's `encoding_format: "base64"` gives them.
public enum FloatBase64 {
    /// - Throws: kind `malformedBase64` (alphabet, padding, stray bits, a length that is no multiple of four bytes) or
    ///   `notFinite`; `offset` counts in `text`.
    public static func floats(_ text: [UInt8]) throws(FloatJSONError) -> [Float] {
        guard text.count % 4 == 0 else { throw FloatJSONError(.malformedBase64, at: text.count) }
        var padding = 0
        while padding < 2, padding < text.count, text[text.count - 1 - padding] == UInt8(ascii: "=") { padding += 1 }
        let byteCount = text.count / 4 * 3 - padding
        guard byteCount % 4 == 0 else { throw FloatJSONError(.malformedBase64, at: text.count) }

        var floats: [Float] = []
        floats.reserveCapacity(byteCount / 4)
        var pending: UInt64 = 0
        var pendingBits: UInt64 = 0
        // Sextets stand most significant first, the bytes of a float least significant first.
        for at in 0..<(text.count - padding) {
            let sextet = self.values[Int(text[at])]
            guard sextet < 64 else { throw FloatJSONError(.malformedBase64, at: at) }
            pending = pending << 6 | UInt64(sextet)
            pendingBits += 6
            if pendingBits >= 32 {
                pendingBits -= 32
                let value = Float(bitPattern: UInt32(truncatingIfNeeded: pending >> pendingBits).byteSwapped)
                guard value.isFinite else { throw FloatJSONError(.notFinite, at: at) }
                floats.append(value)
                pending &= (1 << pendingBits) - 1
            }
        }
        guard pending == 0 else { throw FloatJSONError(.malformedBase64, at: text.count - padding - 1) }
        return floats
    }

    /// The sextet of each byte, 255 where it is not of the alphabet.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 255, count: 256)
        for (value, byte) in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8.enumerated() {
            values[Int(byte)] = UInt8(value)
        }
        return values
    }()
}
