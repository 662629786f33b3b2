import PulseModel

/// A Jira Cloud integration, as its file says it.
public struct JiraDefinition: Sendable, Equatable {
    static let keys = ["kind", "name", "base_url", "email", "api_token", "projects", "max_results", "fields"]

    public var name: String?
    /// `https://acme.atlassian.net`; no slash at the end.
    public var baseURL: String
    public var email: String
    public var apiToken: SecretReference
    /// Keys of projects; empty for all that the account sees.
    public var projects: [String]
    /// Issues a page, 1 to 5,000; Jira may send fewer.
    public var maxResults: Int
    /// Fields to fetch besides those that Pulse needs.
    public var fields: [String]

    public init(
        name: String? = nil,
        baseURL: String,
        email: String,
        apiToken: SecretReference,
        projects: [String] = [],
        maxResults: Int = 100,
        fields: [String] = []
    ) {
        self.name = name
        self.baseURL = baseURL
        self.email = email
        self.apiToken = apiToken
        self.projects = projects
        self.maxResults = maxResults
        self.fields = fields
    }

    init(reading reader: inout DefinitionReader) {
        reader.allow(Self.keys)
        self.name = reader.optionalText("name")
        self.baseURL = reader.url("base_url", example: "https://acme.atlassian.net")
        self.email = reader.requiredText("email", example: "pulse@acme.example")
        self.apiToken = reader.secret("api_token", example: "JIRA_TOKEN")
        self.maxResults = reader.number("max_results", in: 1...5_000, default: 100)
        self.fields = reader.texts("fields", example: "summary")
        self.projects = []
        if !self.email.isEmpty, !self.email.contains("@") || self.email.contains(where: { $0.isWhitespace || $0 == ":" }) {
            reader.report(
                "email",
                "\(self.email.prefix(100)) is no e-mail address",
                remedy: "write the address of the account that the API token belongs to"
            )
        }
        for (index, text) in reader.texts("projects", example: "PAY").enumerated() {
            let key = text.uppercased()
            if WorkItemKey.isValid("\(key)-1") {
                if !self.projects.contains(key) { self.projects.append(key) }
            } else {
                reader.report(
                    "projects[\(index)]",
                    "\(text.prefix(100)) is no project key",
                    remedy: "write the part of an issue's key before the dash, as \"PAY\""
                )
            }
        }
    }

    /// - Throws: ``IntegrationDefinitionError`` naming the variable that is missing.
    public func resolveSecrets(environment: [String: String]) throws(IntegrationDefinitionError) -> Secret {
        try self.apiToken.resolve("api_token", environment: environment)
    }
}
