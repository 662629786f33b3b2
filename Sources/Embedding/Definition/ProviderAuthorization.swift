import FloatJSON

/// How requests are authorized. Secrets are references, resolved when a provider is made.
enum ProviderAuthorization: Sendable, Equatable {
    case none
    /// A secret in a header, after a prefix: `Authorization: Bearer …`, `api-key: …`. Without the secret, no header, where optional.
    case header(name: String, prefix: String, secret: SecretReference, optional: Bool, kind: String)
    /// A secret as a query variable.
    case query(name: String, secret: SecretReference)
    case basic(user: ProviderVariable, secret: SecretReference)
    case awsSignatureV4(
        service: String,
        region: String,
        accessKey: SecretReference,
        secretKey: SecretReference,
        sessionToken: SecretReference?
    )
    /// A form sent to a token endpoint brings a bearer token that is used until it expires.
    case oauth(OAuthGrant)
    /// A signed assertion brings a bearer token; needs RS256.
    case googleServiceAccount(credentials: SecretReference, scope: String)

    struct OAuthGrant: Sendable, Equatable {
        struct Field: Sendable, Equatable {
            var name: String
            var value: ProviderVariable
        }

        var tokenURL: String
        var form: [Field]
        /// Name and secret for Basic authentication at the token endpoint.
        var user: ProviderVariable?
        var secret: SecretReference?
        /// Where the token stands in the answer.
        var token: JSONPath
        /// Seconds of life.
        var expires: JSONPath
    }

    static let kinds = [
        "none", "bearer", "header", "query", "basic", "aws-sigv4", "oauth-client-credentials", "google-service-account",
    ]

    var kind: String {
        switch self {
        case .none: "none"
        case .header(_, _, _, _, let kind): kind
        case .query: "query"
        case .basic: "basic"
        case .awsSignatureV4: "aws-sigv4"
        case .oauth: "oauth-client-credentials"
        case .googleServiceAccount: "google-service-account"
        }
    }
}
