import Foundation

/// Text without control characters and without blanks around it.
enum CleanText {
    /// What ``EntityDocument/clean(_:)`` promises, byte by byte: each text of each row passes here, and by scalars and Foundation's
    /// trimming it took a quarter of the time of a row.
    static func clean(_ text: String) -> String {
        var text = text
        let result = text.withUTF8 { bytes -> String? in
            guard let controls = Self.controls(in: bytes) else {
                return nil
            }
            guard controls > 0 else { return Self.trimmed(bytes) }
            return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: bytes.count) { kept in
                let count = Self.copy(bytes, into: kept)
                return Self.trimmed(UnsafeBufferPointer(rebasing: kept[..<count]))
            }
        }
        return result ?? text
    }

    /// The number of bytes of control characters; nil where there is nothing to do at all.
    private static func controls(in bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        var controls = 0
        var at = 0
        while at < bytes.count {
            let length = Self.control(bytes, at)
            controls += length
            at += max(1, length)
        }
        if controls == 0, let first = bytes.first, let last = bytes.last, Self.isLetter(first), Self.isLetter(last) { return nil }
        return controls
    }

    private static func copy(_ bytes: UnsafeBufferPointer<UInt8>, into kept: UnsafeMutableBufferPointer<UInt8>) -> Int {
        var count = 0
        var at = 0
        while at < bytes.count {
            let length = Self.control(bytes, at)
            if length == 0 {
                kept[count] = bytes[at]
                count += 1
                at += 1
            } else {
                at += length
            }
        }
        return count
    }

    /// Whitespace beyond ASCII is left to Foundation, which knows it.
    private static func trimmed(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
        var (start, end) = (0, bytes.count)
        while start < end, Self.isBlank(bytes[start]) { start += 1 }
        while start < end, Self.isBlank(bytes[end - 1]) { end -= 1 }
        guard start < end else { return "" }
        let text = String(decoding: bytes[start..<end], as: UTF8.self)
        guard bytes[start] >= 0x80 || bytes[end - 1] >= 0x80 else { return text }
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// How many bytes long the control character is that begins here; 0 where none does. C1 controls are U+0080 to U+009F.
    @inline(__always)
    private static func control(_ bytes: UnsafeBufferPointer<UInt8>, _ at: Int) -> Int {
        let byte = bytes[at]
        if byte < 0x20 { return byte == 0x0a || byte == 0x09 ? 0 : 1 }
        if byte == 0x7f { return 1 }
        if byte == 0xc2, at + 1 < bytes.count, bytes[at + 1] < 0xa0 { return 2 }
        return 0
    }

    @inline(__always)
    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0a || byte == 0x09 }

    /// Of ASCII, and no blank.
    @inline(__always)
    private static func isLetter(_ byte: UInt8) -> Bool { byte > 0x20 && byte < 0x7f }
}
