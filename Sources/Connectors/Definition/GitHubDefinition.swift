/// A GitHub integration, as its file says it.
public struct GitHubDefinition: Sendable, Equatable {
    static let keys = ["kind", "name", "base_url", "organization", "repositories", "token", "api_version"]

    public var name: String?
    /// `https://api.github.com`, or `https://host/api/v3` of an Enterprise Server; no slash at the end.
    public var baseURL: String
    /// The organization or user whose repositories are read where none are named.
    public var organization: String?
    /// `owner/name`; empty for all of the organization.
    public var repositories: [String]
    public var token: SecretReference
    /// `X-GitHub-Api-Version`; nil leaves the choice to the server.
    public var apiVersion: String?

    public init(
        name: String? = nil,
        baseURL: String,
        organization: String?,
        repositories: [String],
        token: SecretReference,
        apiVersion: String? = GitHubDefinition.standardAPIVersion
    ) {
        self.name = name
        self.baseURL = baseURL
        self.organization = organization
        self.repositories = repositories
        self.token = token
        self.apiVersion = apiVersion
    }

    /// Supported at least until 2028; 2026-03-10 is understood as well.
    public static let standardAPIVersion = "2022-11-28"

    init(reading reader: inout DefinitionReader) {
        reader.allow(Self.keys)
        self.name = reader.optionalText("name")
        self.baseURL = reader.url("base_url", example: "https://api.github.com")
        self.organization = reader.optionalText("organization")
        self.token = reader.secret("token", example: "GITHUB_TOKEN")
        self.apiVersion = reader.optionalText("api_version") ?? Self.standardAPIVersion
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
    public func resolveSecrets(environment: [String: String]) throws(IntegrationDefinitionError) -> Secret {
        try self.token.resolve("token", environment: environment)
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
