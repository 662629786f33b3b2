import Crypto
import CryptoExtras
import Foundation

/// Whose JSON Web Tokens the installation trusts, and the keys that prove them.
public struct TokenTrust: Sendable {
    enum Key: Sendable {
        /// HS256: a secret that the issuer shares.
        case secret(SymmetricKey)
        /// RS256: the issuer's public key.
        case rsa(_RSA.Signing.PublicKey)

        /// The only algorithm that this key is used with, whatever a token says.
        var algorithm: String {
            switch self {
            case .secret: "HS256"
            case .rsa: "RS256"
            }
        }
    }

    struct NamedKey: Sendable {
        /// `kid`; nil where the key has none.
        var id: String?
        var key: Key
    }

    let issuer: String
    let audience: String
    let keys: [NamedKey]

    /// - Parameters:
    ///   - issuer: `iss`, word for word.
    ///   - audience: must be among a token's `aud`.
    ///   - secret: for HS256, at least 32 bytes; nil where it is not used.
    ///   - publicKeys: for RS256: a PEM public key, or a JSON Web Key Set (RFC 7517); nil where it is not used.
    /// - Throws: ``TokenTrustError``.
    public init(issuer: String, audience: String, secret: String?, publicKeys: String?) throws(TokenTrustError) {
        var keys: [NamedKey] = []
        if let secret {
            guard secret.utf8.count >= 32 else { throw TokenTrustError.shortSecret }
            keys.append(NamedKey(key: .secret(SymmetricKey(data: Data(secret.utf8)))))
        }
        if let publicKeys { keys += try Self.keys(of: publicKeys) }
        guard !keys.isEmpty else { throw TokenTrustError.noKey }
        self.issuer = issuer
        self.audience = audience
        self.keys = keys
    }

    private static func keys(of text: String) throws(TokenTrustError) -> [NamedKey] {
        if text.contains("-----BEGIN") {
            guard let key = try? _RSA.Signing.PublicKey(pemRepresentation: text) else { throw TokenTrustError.unreadableKeys }
            return [NamedKey(key: .rsa(try Self.strong(key)))]
        }
        guard let set = try? JSONDecoder().decode(KeySet.self, from: Data(text.utf8)) else {
            throw TokenTrustError.unreadableKeys
        }
        var keys: [NamedKey] = []
        for key in set.keys where key.kty == "RSA" && (key.use ?? "sig") == "sig" && (key.alg ?? "RS256") == "RS256" {
            guard let n = key.n.flatMap(Base64URL.bytes), let e = key.e.flatMap(Base64URL.bytes),
                let rsa = try? _RSA.Signing.PublicKey(n: n, e: e)
            else { throw TokenTrustError.unreadableKeys }
            keys.append(NamedKey(id: key.kid, key: .rsa(try Self.strong(rsa))))
        }
        return keys
    }

    private static func strong(_ key: _RSA.Signing.PublicKey) throws(TokenTrustError) -> _RSA.Signing.PublicKey {
        guard key.keySizeInBits >= 2_048 else { throw TokenTrustError.weakKey }
        return key
    }

    private struct KeySet: Decodable {
        struct Key: Decodable {
            var kty: String
            var kid: String?
            var use: String?
            var alg: String?
            var n: String?
            var e: String?
        }

        var keys: [Key]
    }
}

/// Why an issuer's keys cannot be used, in one line for a person.
public enum TokenTrustError: Error, Sendable, Equatable, CustomStringConvertible {
    case shortSecret
    case unreadableKeys
    case weakKey
    case noKey

    public var description: String {
        switch self {
        case .shortSecret: "PULSE_JWT_SECRET is too short: HS256 needs at least 32 bytes"
        case .unreadableKeys: "PULSE_JWT_KEYS_FILE holds no PEM public key of RSA and no JSON Web Key Set"
        case .weakKey: "PULSE_JWT_KEYS_FILE holds an RSA key of less than 2048 bits"
        case .noKey: "PULSE_JWT_ISSUER is set, but no key: set PULSE_JWT_SECRET (HS256) or PULSE_JWT_KEYS_FILE (RS256)"
        }
    }
}
