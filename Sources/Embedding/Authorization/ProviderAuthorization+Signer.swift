import Foundation
import HTTPTransport

extension ProviderAuthorization {
    /// Whether requests cannot be authorized without ``SigningFunctions``.
    var needsSigningFunctions: Bool {
        switch self {
        case .awsSignatureV4, .googleServiceAccount: true
        case .none, .header, .query, .basic, .oauth: false
        }
    }

    /// The signer for this authorization, its secrets resolved.
    func signer(
        _ environment: ProviderEnvironment,
        fill: (String) throws(EmbeddingError) -> String,
        transport: any HTTPTransport,
        functions: SigningFunctions?
    ) throws(EmbeddingError) -> any RequestSigner {
        switch self {
        case .none:
            return StaticCredential(place: .none)
        case .header(let name, let prefix, let secret, let optional, _):
            guard let value = environment.value(of: secret) else {
                if optional { return StaticCredential(place: .none) }
                _ = try environment.required(secret)
                return StaticCredential(place: .none)
            }
            guard value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
                throw Self.failure(environment, "the secret \(secret) holds control characters; store it anew")
            }
            return StaticCredential(place: .header(name: name, value: prefix + value))
        case .query(let name, let secret):
            return StaticCredential(place: .query(name: name, value: try environment.required(secret)))
        case .basic(let user, let secret):
            return StaticCredential.basic(user: try environment.text(of: user), secret: try environment.required(secret))
        case .awsSignatureV4(let service, let region, let accessKey, let secretKey, let sessionToken):
            guard let functions else { throw self.missingFunctions(environment) }
            return AWSSignatureV4(
                service: service,
                region: try fill(region),
                accessKey: try environment.required(accessKey),
                secretKey: try environment.required(secretKey),
                sessionToken: sessionToken.flatMap { environment.value(of: $0) },
                functions: functions
            )
        case .oauth(let grant):
            return try grant.source(environment, fill: fill, transport: transport)
        case .googleServiceAccount(let credentials, let scope):
            guard let sign = functions?.rs256 else { throw self.missingFunctions(environment) }
            let text = try Self.contents(of: try environment.required(credentials), reference: credentials, environment)
            guard let account = GoogleServiceAccount(credentials: text, scope: scope, sign: sign) else {
                throw Self.failure(environment, "\(credentials) is not the JSON key file of a service account")
            }
            return TokenSource(provider: environment.provider, transport: transport) { try account.tokenRequest() }
        }
    }

    /// An installation names the key file by its path, as Google's own clients do; a vault holds its text.
    private static func contents(
        of value: String,
        reference: SecretReference,
        _ environment: ProviderEnvironment
    ) throws(EmbeddingError) -> String {
        guard case .environment = reference, !value.hasPrefix("{") else { return value }
        guard let data = FileManager.default.contents(atPath: value) else {
            throw self.failure(environment, "the file that \(reference) names cannot be read")
        }
        return String(decoding: data, as: UTF8.self)
    }

    private func missingFunctions(_ environment: ProviderEnvironment) -> EmbeddingError {
        Self.failure(environment, "authorization \(self.kind) needs signing functions that this program was built without")
    }

    private static func failure(_ environment: ProviderEnvironment, _ message: String) -> EmbeddingError {
        EmbeddingError(.configuration, provider: environment.provider, message: message)
    }
}

extension ProviderAuthorization.OAuthGrant {
    fileprivate func source(
        _ environment: ProviderEnvironment,
        fill: (String) throws(EmbeddingError) -> String,
        transport: any HTTPTransport
    ) throws(EmbeddingError) -> TokenSource {
        var fields: [(name: String, value: String)] = []
        for field in self.form { fields.append((field.name, try environment.text(of: field.value))) }
        var headers: HTTPHeaders = ["Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"]
        if let user = self.user, let secret = self.secret {
            let pair = try environment.text(of: user) + ":" + (try environment.required(secret))
            headers["Authorization"] = "Basic " + Data(pair.utf8).base64EncodedString()
        }
        let request = HTTPRequest(
            .post,
            try fill(self.tokenURL),
            headers: headers,
            body: Array(PercentEncoding.form(fields).utf8),
            timeout: .seconds(30),
            maximumAnswerBytes: 1 << 20
        )
        return TokenSource(provider: environment.provider, transport: transport, token: self.token, expires: self.expires) {
            request
        }
    }
}
