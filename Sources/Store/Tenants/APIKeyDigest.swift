import Crypto
import Foundation

/// The digest under which a key is kept. Keys are 256 random bits, so a plain SHA-256 cannot be guessed back.
enum APIKeyDigest {
    static func of(_ key: String) -> [UInt8] { Array(SHA256.hash(data: Data(key.utf8))) }
}
