import Crypto
import CryptoExtras
import Foundation

/// Tells whether a JSON Web Token (RFC 7519, RFC 8725) is to be trusted, and what it says.
///
/// The algorithm follows from the key and never from the token, so neither `none` nor an RSA key taken for a secret gets through.
struct TokenVerifier: Sendable {
    struct Claims: Sendable, Equatable {
        var subject: String
        /// The tenant's name; nil of administrators of the installation.
        var tenant: String?
        var role: String
        var expires: Date
    }

    /// Why a token is refused: for the log, not for whoever sent it.
    struct Refusal: Error, Equatable, CustomStringConvertible {
        var description: String
        init(_ description: String) { self.description = description }
    }

    /// How far clocks may differ.
    static let leeway: TimeInterval = 30

    let trust: TokenTrust

    func claims(of token: String, now: Date = Date()) throws(Refusal) -> Claims {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, let head = Self.object(parts[0]), let signature = Base64URL.bytes(parts[2]) else {
            throw Refusal("it is no JSON Web Token")
        }
        // An extension that must be understood (RFC 7515 §4.1.11): none is.
        guard head["crit"] == nil else { throw Refusal("it needs an extension") }
        guard case .string(let algorithm)? = head["alg"] else { throw Refusal("it names no algorithm") }
        let id: String? = if case .string(let id)? = head["kid"] { id } else { nil }
        let candidates = self.trust.keys.filter { named in
            named.key.algorithm == algorithm && (id == nil || named.id == nil || named.id == id)
        }
        guard !candidates.isEmpty else { throw Refusal("no key is for its algorithm and kid") }
        let signed = Data("\(parts[0]).\(parts[1])".utf8)
        guard candidates.contains(where: { Self.isValid(signature, of: signed, under: $0.key) }) else {
            throw Refusal("its signature is wrong")
        }
        guard let payload = Self.object(parts[1]) else { throw Refusal("its claims are no JSON object") }
        return try self.claims(payload, now: now)
    }

    private func claims(_ payload: [String: JSONValue], now: Date) throws(Refusal) -> Claims {
        guard payload["iss"] == .string(self.trust.issuer) else { throw Refusal("another issuer") }
        let audience = JSONValue.string(self.trust.audience)
        switch payload["aud"] {
        case audience?: break
        case .array(let all)? where all.contains(audience): break
        default: throw Refusal("another audience")
        }
        guard let expires = Self.instant(payload["exp"]) else { throw Refusal("it does not say when it expires") }
        guard expires.addingTimeInterval(Self.leeway) > now else { throw Refusal("it has expired") }
        for name in ["nbf", "iat"] where payload[name] != nil {
            guard let from = Self.instant(payload[name]) else { throw Refusal("\(name) is no time") }
            guard from.addingTimeInterval(-Self.leeway) <= now else { throw Refusal("it is not valid yet") }
        }
        guard case .string(let subject)? = payload["sub"], (1...200).contains(subject.utf8.count), !subject.utf8.contains(0)
        else {
            throw Refusal("it names no subject")
        }
        guard case .string(let role)? = payload["role"] else { throw Refusal("it names no role") }
        let tenant: String? = if case .string(let name)? = payload["tenant"] { name } else { nil }
        return Claims(subject: subject, tenant: tenant, role: role, expires: expires.addingTimeInterval(Self.leeway))
    }

    private static func isValid(_ signature: Data, of signed: Data, under key: TokenTrust.Key) -> Bool {
        switch key {
        case .secret(let secret):
            HMAC<SHA256>.isValidAuthenticationCode(signature, authenticating: signed, using: secret)
        case .rsa(let key):
            key.isValidSignature(
                _RSA.Signing.RSASignature(rawRepresentation: signature),
                for: SHA256.hash(data: signed),
                padding: .insecurePKCS1v1_5
            )
        }
    }

    private static func object(_ part: String) -> [String: JSONValue]? {
        guard let data = Base64URL.bytes(part), let value = try? StrictJSON.decode(JSONValue.self, from: Array(data)),
            case .object(let members) = value
        else { return nil }
        return members
    }

    /// NumericDate: seconds since 1970.
    private static func instant(_ value: JSONValue?) -> Date? {
        switch value {
        case .integer(let seconds)? where seconds > 0 && seconds < 253_402_300_800: Date(timeIntervalSince1970: Double(seconds))
        case .number(let seconds)? where seconds > 0 && seconds < 253_402_300_800: Date(timeIntervalSince1970: seconds)
        default: nil
        }
    }
}
