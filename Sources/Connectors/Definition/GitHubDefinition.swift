/// A GitHub integration, as its file says it.
public struct GitHubDefinition: Sendable, Equatable {
    static let keys = [
        "kind", "name", "base_url", "organization", "repositories", "token", "tokens", "api_version", "graphql", "webhook_secret",
        "sweep_hours", "app_id", "installation_id", "private_key",
    ]

    public var name: String?
    /// `https://api.github.com`, or `https://host/api/v3` of an Enterprise Server; no slash at the end.
    public var baseURL: String
    /// The organization or user whose repositories are read where none are named.
    public var organization: String?
    /// `owner/name`; empty for all of the organization.
    public var repositories: [String]
    /// A GitHub App's installation, which asks instead of a person's token or beside it.
    public struct App: Sendable, Equatable {
        /// The app's id or client id.
        public var id: String
        public var installation: String
        /// The private key in PEM form.
        public var privateKey: SecretReference

        public init(id: String, installation: String, privateKey: SecretReference) {
            self.id = id
            self.installation = installation
            self.privateKey = privateKey
        }
    }

    /// Nil where tokens alone ask.
    public var app: App?
    /// One or more; each request takes the one with the most left of its limit.
    public var tokens: [SecretReference]
    /// `X-GitHub-Api-Version`; nil leaves the choice to the server.
    public var apiVersion: String?
    /// Whether pull requests are read over GraphQL; REST alone takes many times the requests.
    public var usesGraphQL: Bool
    /// What GitHub signs the deliveries of its webhook with; nil where there is none.
    public var webhookSecret: SecretReference?
    /// Hours between two sweeps of the ids that GitHub lists, which find what was deleted; 0 sweeps never.
    public var sweepHours: Int

    public init(
        name: String? = nil,
        baseURL: String,
        organization: String?,
        repositories: [String],
        token: SecretReference,
        apiVersion: String? = GitHubDefinition.standardAPIVersion,
        moreTokens: [SecretReference] = [],
        usesGraphQL: Bool = true,
        webhookSecret: SecretReference? = nil,
        sweepHours: Int = 24
    ) {
        self.name = name
        self.baseURL = baseURL
        self.organization = organization
        self.repositories = repositories
        self.tokens = [token] + moreTokens
        self.apiVersion = apiVersion
        self.usesGraphQL = usesGraphQL
        self.webhookSecret = webhookSecret
        self.sweepHours = sweepHours
    }

    /// Supported at least until 2028; 2026-03-10 is understood as well.
    public static let standardAPIVersion = "2022-11-28"

    init(reading reader: inout DefinitionReader) {
        reader.allow(Self.keys)
        self.name = reader.optionalText("name")
        self.baseURL = reader.url("base_url", example: "https://api.github.com")
        self.organization = reader.optionalText("organization")
        self.tokens = reader.secrets("tokens", example: "GITHUB_TOKEN")
        if reader.has("app_id") || reader.has("installation_id") || reader.has("private_key") {
            self.app = App(
                id: reader.identifier("app_id", example: "123456"),
                installation: reader.identifier("installation_id", example: "87654321"),
                privateKey: reader.secret("private_key", example: "GITHUB_APP_KEY")
            )
        }
        if reader.has("token") || (!reader.has("tokens") && self.app == nil) {
            self.tokens.insert(reader.secret("token", example: "GITHUB_TOKEN"), at: 0)
        }
        self.apiVersion = reader.optionalText("api_version") ?? Self.standardAPIVersion
        let graphQL = reader.optionalText("graphql") ?? "auto"
        if !["auto", "off"].contains(graphQL) {
            reader.report("graphql", "\(graphQL.prefix(50)) is not known", remedy: "write \"auto\" or \"off\"")
        }
        self.usesGraphQL = graphQL != "off"
        self.webhookSecret =
            reader.has("webhook_secret") ? reader.secret("webhook_secret", example: "GITHUB_WEBHOOK_SECRET") : nil
        self.sweepHours = reader.number("sweep_hours", in: 0...8_760, default: 24)
        self.repositories = []
        if let organization, !Self.isName(organization) {
            reader.report("organization", "\(organization.prefix(100)) is no name on GitHub", remedy: "write it as \"acme\"")
        }
        if let apiVersion, !apiVersion.utf8.allSatisfy({ $0 == UInt8(ascii: "-") || (0x30...0x39).contains($0) }) {
            reader.report("api_version", "is no version", remedy: "write it as \"\(Self.standardAPIVersion)\" or leave it out")
        }
        for (index, text) in reader.texts("repositories", example: "acme/api").enumerated() {
            let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
            if parts.count == 2, parts.allSatisfy(Self.isName) {
                self.repositories.append(text)
            } else if parts.count == 1, let organization, Self.isName(text) {
                self.repositories.append("\(organization)/\(text)")
            } else {
                reader.report(
                    "repositories[\(index)]",
                    "\(text.prefix(100)) is not owner/name",
                    remedy: "write it as \"\(organization ?? "acme")/api\""
                )
            }
        }
        if self.organization == nil, !reader.has("organization"), self.repositories.isEmpty, !reader.has("repositories") {
            reader.report(
                "organization",
                "is missing, and no repositories are named",
                remedy: "add \"organization\": \"acme\" or \"repositories\": [\"acme/api\"]"
            )
        } else if self.organization == nil, reader.has("repositories"), self.repositories.isEmpty, reader.problems.isEmpty {
            reader.report(
                "repositories",
                "is empty, and no organization is given",
                remedy: "name at least one, as \"acme/api\", or add \"organization\": \"acme\""
            )
        }
    }

    /// - Throws: ``IntegrationDefinitionError`` naming the variable that is missing.
    public func resolveTokens(environment: [String: String]) throws(IntegrationDefinitionError) -> [Secret] {
        var tokens: [Secret] = []
        for (index, token) in self.tokens.enumerated() {
            let key = self.tokens.count == 1 ? "token" : "tokens[\(index)]"
            let secret = try token.resolve(key, environment: environment)
            if !tokens.contains(secret) { tokens.append(secret) }
        }
        return tokens
    }

    /// The private key of ``app``.
    public func resolvePrivateKey(environment: [String: String]) throws(IntegrationDefinitionError) -> Secret? {
        try self.app?.privateKey.resolve("private_key", environment: environment, isMultiline: true)
    }

    /// Letters, digits, `-`, `_` and `.`, but no path tricks.
    private static func isName(_ text: String) -> Bool {
        !text.isEmpty && text != "." && text != ".."
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
    }
}
