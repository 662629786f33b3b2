import Crypto
import Foundation

/// Encrypts secrets with AES-256-GCM. Several keys may be known: the first encrypts, all decrypt, so that keys can be changed.
///
/// A sealed secret is a version byte, four bytes that tell the key, and nonce, ciphertext and tag. It is bound to what it belongs
/// to: moved to another tenant or another name, it does not open.
public struct VaultCipher: SecretSealing {
    private struct Key: Sendable {
        var fingerprint: [UInt8]
        var key: SymmetricKey
    }

    private static let version: UInt8 = 1
    private let keys: [Key]

    /// - Parameter texts: keys of 32 bytes, in base64 or hexadecimal; the one to encrypt with first.
    /// - Throws: ``VaultError/unusableKey(_:)``.
    public init(keys texts: [String]) throws(VaultError) {
        var keys: [Key] = []
        for (index, text) in texts.enumerated() {
            guard let bytes = Self.bytes(of: text), bytes.count == 32 else { throw VaultError.unusableKey(index) }
            keys.append(
                Key(
                    fingerprint: Array(SHA256.hash(data: Data("pulse vault".utf8) + bytes).prefix(4)),
                    key: SymmetricKey(data: bytes)
                )
            )
        }
        guard !keys.isEmpty else { throw VaultError.unusableKey(0) }
        self.keys = keys
    }

    public func seal(_ bytes: [UInt8], context: String) throws -> [UInt8] {
        let key = self.keys[0]
        let head = [Self.version] + key.fingerprint
        let box = try AES.GCM.seal(bytes, using: key.key, authenticating: head + Array(context.utf8))
        guard let combined = box.combined else { throw VaultError.unreadable }
        return head + combined
    }

    public func open(_ sealed: [UInt8], context: String) throws -> [UInt8] {
        guard sealed.count > 5, sealed[0] == Self.version else { throw VaultError.unreadable }
        let head = Array(sealed[..<5])
        guard let key = self.keys.first(where: { $0.fingerprint == Array(head[1...]) }) else { throw VaultError.keyMissing }
        do {
            let box = try AES.GCM.SealedBox(combined: sealed[5...])
            return Array(try AES.GCM.open(box, using: key.key, authenticating: head + Array(context.utf8)))
        } catch {
            throw VaultError.unreadable
        }
    }

    /// Whether it was sealed with the key that encrypts now.
    public func isCurrent(_ sealed: [UInt8]) -> Bool { sealed.count > 5 && Array(sealed[1..<5]) == self.keys[0].fingerprint }

    private static func bytes(of text: String) -> Data? {
        if text.utf8.count == 64, text.allSatisfy(\.isHexDigit) {
            var bytes = Data()
            var rest = Substring(text)
            while let high = rest.popFirst()?.hexDigitValue, let low = rest.popFirst()?.hexDigitValue {
                bytes.append(UInt8(high << 4 | low))
            }
            return bytes
        }
        return Data(base64Encoded: text.replacing("-", with: "+").replacing("_", with: "/"))
    }
}
