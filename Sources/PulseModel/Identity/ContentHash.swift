import Crypto
import Foundation

/// The digest of a chunk's text: equal text needs one embedding per vector space.
public struct ContentHash: Sendable, Hashable, CustomStringConvertible {
    /// 32 bytes, SHA-256.
    public let bytes: [UInt8]

    public init(of text: String) {
        var text = text
        self.bytes = text.withUTF8 { utf8 in
            var digest = SHA256()
            digest.update(bufferPointer: UnsafeRawBufferPointer(utf8))
            return Array(digest.finalize())
        }
    }

    /// A digest read back from the ledger.
    public init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Lower-case hexadecimal.
    public var description: String {
        String(unsafeUninitializedCapacity: self.bytes.count * 2) { digits in
            for (index, byte) in self.bytes.enumerated() {
                digits[2 * index] = Self.digit(byte >> 4)
                digits[2 * index + 1] = Self.digit(byte & 15)
            }
            return self.bytes.count * 2
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }

    /// The first bytes of a digest are as good as any hash of it.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(self.bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
    }
}
