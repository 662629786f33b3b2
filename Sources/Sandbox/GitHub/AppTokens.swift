import Crypto
import CryptoExtras
import Foundation

/// A GitHub App that the played GitHub knows: whoever proves to be it gets tokens for its installation.
public struct SandboxApp: Sendable {
    public var id: String
    public var installation: String
    /// In PEM form.
    public var publicKey: String
    /// How long a token is good for; GitHub gives an hour.
    public var tokenSeconds: Int

    public init(id: String, installation: String, publicKey: String, tokenSeconds: Int = 3_600) {
        self.id = id
        self.installation = installation
        self.publicKey = publicKey
        self.tokenSeconds = tokenSeconds
    }
}

/// The tokens that the app's installation has been given.
struct AppTokens: Sendable {
    enum Verdict: Sendable, Equatable {
        case given(token: String, expires: Date)
        /// In GitHub's words.
        case refused(String)
        case noSuchInstallation
    }

    let app: SandboxApp
    private var issued: [String: Date] = [:]

    init(app: SandboxApp) { self.app = app }

    /// - Parameter proof: the JSON Web Token that the app has signed.
    mutating func issue(_ installation: String, proof: String, now: Date) -> Verdict {
        if let problem = Self.problem(proof, of: self.app, now: now) { return .refused(problem) }
        guard installation == self.app.installation else { return .noSuchInstallation }
        let token = "ghs_sandbox\(self.issued.count + 1)"
        // Whole seconds, as the answer says it.
        let expires = Date(timeIntervalSince1970: now.timeIntervalSince1970.rounded(.down) + Double(self.app.tokenSeconds))
        self.issued[token] = expires
        return .given(token: token, expires: expires)
    }

    func isGood(_ authorization: String, now: Date) -> Bool {
        for scheme in ["Bearer ", "token "] where authorization.hasPrefix(scheme) {
            if let expires = self.issued[String(authorization.dropFirst(scheme.count))] { return expires > now }
        }
        return false
    }

    var count: Int { self.issued.count }

    /// What is wrong with a proof; nil where it is the app's, of now, and for ten minutes at most.
    private static func problem(_ proof: String, of app: SandboxApp, now: Date) -> String? {
        let unreadable = "A JSON web token could not be decoded"
        let parts = proof.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, let header = Self.object(parts[0]), let claims = Self.object(parts[1]),
            let signature = Self.data(parts[2]), header["alg"]?.stringValue == "RS256",
            let key = try? _RSA.Signing.PublicKey(pemRepresentation: app.publicKey)
        else { return unreadable }
        let isSigned = key.isValidSignature(
            _RSA.Signing.RSASignature(rawRepresentation: signature),
            for: SHA256.hash(data: Data("\(parts[0]).\(parts[1])".utf8)),
            padding: .insecurePKCS1v1_5
        )
        guard isSigned else { return unreadable }
        let seconds = now.timeIntervalSince1970
        guard claims["iss"]?.stringValue == app.id || claims["iss"]?.intValue.map(String.init) == app.id else {
            return "'Issuer' claim ('iss') must be an Integer or a client id"
        }
        guard let issuedAt = claims["iat"]?.doubleValue, issuedAt <= seconds else {
            return "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"
        }
        guard let expires = claims["exp"]?.doubleValue, expires > seconds else {
            return
                "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires"
        }
        guard expires <= seconds + 600 else { return "'Expiration time' claim ('exp') is too far in the future" }
        return nil
    }

    private static func object(_ part: String) -> JSONValue? {
        self.data(part).flatMap { try? JSONParser.parse(Array($0)) }.flatMap { $0.members == nil ? nil : $0 }
    }

    /// Base64 for URLs (RFC 4648 §5).
    private static func data(_ part: String) -> Data? {
        var text = part.replacing("-", with: "+").replacing("_", with: "/")
        while text.count % 4 != 0 { text += "=" }
        return Data(base64Encoded: text)
    }
}
