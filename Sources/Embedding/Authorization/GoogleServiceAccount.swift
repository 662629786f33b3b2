import FloatJSON
import Foundation
import HTTPTransport

/// The request that changes a signed assertion for an access token (developers.google.com/identity/protocols/oauth2/service-account).
struct GoogleServiceAccount: Sendable {
    let email: String
    let privateKey: String
    let tokenURL: String
    let scope: String
    let sign: @Sendable (_ privateKeyPEM: String, _ message: [UInt8]) throws -> [UInt8]

    /// - Parameter credentials: the key file's JSON.
    /// - Returns: nil where it is not the key file of a service account.
    init?(credentials: String, scope: String, sign: @escaping @Sendable (String, [UInt8]) throws -> [UInt8]) {
        let file: JSONNode
        do {
            file = try JSONNodeParser.parse(Array(credentials.utf8))
        } catch {
            return nil
        }
        guard let email = file["client_email"]?.string, let key = file["private_key"]?.string else { return nil }
        self.email = email
        self.privateKey = key
        self.tokenURL = file["token_uri"]?.string ?? "https://oauth2.googleapis.com/token"
        self.scope = scope
        self.sign = sign
    }

    func tokenRequest(now: Date = Date()) throws -> HTTPRequest {
        let issued = Int(now.timeIntervalSince1970)
        var claims = JSONByteWriter()
        claims.object { json in
            json.key("iss")
            json.string(self.email)
            json.key("scope")
            json.string(self.scope)
            json.key("aud")
            json.string(self.tokenURL)
            json.key("iat")
            json.integer(issued)
            json.key("exp")
            json.integer(issued + 3600)
        }
        let message = Self.base64URL(Array(#"{"alg":"RS256","typ":"JWT"}"#.utf8)) + "." + Self.base64URL(claims.bytes)
        let assertion = message + "." + Self.base64URL(try self.sign(self.privateKey, Array(message.utf8)))
        let form = PercentEncoding.form([("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", assertion)])
        return HTTPRequest(
            .post,
            self.tokenURL,
            headers: ["Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"],
            body: Array(form.utf8),
            timeout: .seconds(30),
            maximumAnswerBytes: 1 << 20
        )
    }

    private static func base64URL(_ bytes: [UInt8]) -> String {
        var text = Data(bytes).base64EncodedString()
        text.replace("+", with: "-")
        text.replace("/", with: "_")
        text.replace("=", with: "")
        return text
    }
}
