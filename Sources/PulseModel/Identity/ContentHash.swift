import Crypto
import Foundation

/// The digest of a chunk's text: equal text needs one embedding per vector space.
public struct ContentHash: Sendable, Hashable, CustomStringConvertible {
    /// 32 bytes, SHA-256.
    public let bytes: [UInt8]

    public init(of text: String) {
        self.bytes = Array(SHA256.hash(data: Data(text.utf8)))
    }

    /// A digest read back from the ledger.
    public init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Lower-case hexadecimal.
    public var description: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: self.bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
