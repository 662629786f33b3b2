import Crypto
import CryptoExtras
import Foundation
import Testing

@testable import Server

@Suite("JSON Web Tokens")
struct TokenTests {
    static let secret = "a secret that the issuer of tokens shares with us"
    private static let now = Date(timeIntervalSince1970: 1_800_000_000)

    private static let claims: [String: JSONValue] = [
        "iss": "https://issuer.example", "aud": "pulse", "sub": "ann", "tenant": "acme", "role": "operator", "exp": 1_800_000_600,
        "iat": 1_799_999_990,
    ]

    /// A token under HS256, whatever its head says.
    static func token(
        head: [String: JSONValue] = ["alg": "HS256", "typ": "JWT"],
        _ claims: [String: JSONValue],
        secret: String = Self.secret
    ) throws -> String {
        let encoder = JSONEncoder()
        let signed = Base64URL.text(try encoder.encode(head)) + "." + Base64URL.text(try encoder.encode(claims))
        let code = HMAC<SHA256>.authenticationCode(for: Data(signed.utf8), using: SymmetricKey(data: Data(secret.utf8)))
        return signed + "." + Base64URL.text(Data(code))
    }

    private func verifier() throws -> TokenVerifier {
        TokenVerifier(
            trust: try TokenTrust(issuer: "https://issuer.example", audience: "pulse", secret: Self.secret, publicKeys: nil)
        )
    }

    @Test("A token of the issuer says who asks, until it expires")
    func good() throws {
        let claims = try verifier().claims(of: Self.token(Self.claims), now: Self.now)
        #expect(claims.subject == "ann" && claims.tenant == "acme" && claims.role == "operator")
        var many = Self.claims
        many["aud"] = ["another", "pulse"]
        #expect(try verifier().claims(of: Self.token(many), now: Self.now).role == "operator")
    }

    @Test(
        "What is not exactly right is refused",
        arguments: [
            ("iss", "https://issuer.example/"), ("iss", nil), ("aud", "other"), ("aud", ["other"]), ("aud", nil),
            ("exp", 1_799_999_000), ("exp", nil), ("exp", "1800000600"), ("exp", -5), ("nbf", 1_800_000_300),
            ("iat", 1_800_000_300),
            ("sub", nil), ("sub", ""), ("sub", 7), ("role", nil), ("role", ["operator"]),
        ] as [(String, JSONValue?)]
    )
    func wrongClaims(name: String, value: JSONValue?) throws {
        var claims = Self.claims
        claims[name] = value
        let token = try Self.token(claims)
        let verifier = try verifier()
        #expect(throws: TokenVerifier.Refusal.self) { try verifier.claims(of: token, now: Self.now) }
    }

    @Test("No token chooses its own algorithm: none, another, or one that needs an extension is refused")
    func algorithms() throws {
        let verifier = try verifier()
        for head: [String: JSONValue] in [
            ["alg": "none"], ["alg": "None"], ["alg": "HS384"], ["alg": "RS256"], ["alg": "hs256"], [:], ["alg": 5],
            ["alg": "HS256", "crit": ["b64"]],
        ] {
            let token = try Self.token(head: head, Self.claims)
            #expect(throws: TokenVerifier.Refusal.self, "\(head)") { try verifier.claims(of: token, now: Self.now) }
            let bare = token.split(separator: ".").prefix(2).joined(separator: ".") + "."
            #expect(throws: TokenVerifier.Refusal.self, "\(head)") { try verifier.claims(of: bare, now: Self.now) }
        }
    }

    @Test("A forged, cut or padded token is refused")
    func forged() throws {
        let verifier = try verifier()
        let good = try Self.token(Self.claims)
        var parts = good.split(separator: ".").map(String.init)
        let other = try Self.token(Self.claims, secret: "another secret that is long enough for HS256")
        parts[1] = try Self.token(Self.claims.merging(["role": "administrator"]) { $1 }).split(separator: ".").map(String.init)[1]
        for token in [
            other, parts.joined(separator: "."), good + "=", good + ".", String(good.dropLast()), "a.b.c", "..", "", good + "\n",
            good.replacing(".", with: ".."),
        ] {
            #expect(throws: TokenVerifier.Refusal.self, "\(token)") { try verifier.claims(of: token, now: Self.now) }
        }
    }

    @Test("RS256 is proven by the public key, by PEM or key set; the key is no secret for HS256")
    func rsa() throws {
        let key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        let pem = key.publicKey.pemRepresentation
        let verifier = TokenVerifier(
            trust: try TokenTrust(issuer: "https://issuer.example", audience: "pulse", secret: nil, publicKeys: pem)
        )
        let encoder = JSONEncoder()
        let head = Base64URL.text(try encoder.encode(["alg": "RS256"]))
        let signed = head + "." + Base64URL.text(try encoder.encode(Self.claims))
        let signature = try key.signature(for: SHA256.hash(data: Data(signed.utf8)), padding: .insecurePKCS1v1_5)
        let token = signed + "." + Base64URL.text(signature.rawRepresentation)
        #expect(try verifier.claims(of: token, now: Self.now).subject == "ann")
        // The classic confusion: HMAC under the text of the public key.
        let confused = try Self.token(Self.claims, secret: pem)
        #expect(throws: TokenVerifier.Refusal.self) { try verifier.claims(of: confused, now: Self.now) }
        #expect(throws: TokenVerifier.Refusal.self) {
            try verifier.claims(of: signed + "." + Base64URL.text(Data(repeating: 0, count: 256)), now: Self.now)
        }
    }

    @Test("Keys that are too weak, or none, are refused at the start")
    func weak() throws {
        func trust(_ secret: String?, _ keys: String?) throws(TokenTrustError) {
            _ = try TokenTrust(issuer: "i", audience: "a", secret: secret, publicKeys: keys)
        }
        #expect(throws: TokenTrustError.shortSecret) { try trust("short", nil) }
        #expect(throws: TokenTrustError.noKey) { try trust(nil, nil) }
        #expect(throws: TokenTrustError.unreadableKeys) { try trust(nil, "nonsense") }
        #expect(throws: TokenTrustError.noKey) { try trust(nil, #"{"keys": [{"kty": "EC"}]}"#) }
    }
}
