import PulseModel

/// A Jira integration, as its file says it.
public struct JiraDefinition: Sendable, Equatable {
    static let keys = [
        "kind", "name", "deployment_type", "base_url", "email", "api_token", "projects", "max_results", "fields",
        "webhook_secret",
        "sweep_hours",
    ]

    /// Where the site runs.
    public enum Deployment: String, Sendable, CaseIterable {
        case cloud
        /// A company's own: REST API 2, wiki markup, personal access tokens.
        case dataCenter = "datacenter"
    }

    public var name: String?
    public var deployment: Deployment
    /// `https://acme.atlassian.net`; no slash at the end.
    public var baseURL: String
    /// Of the account that the token belongs to; on Data Center a user's name, or empty where the token is a personal access token.
    public var email: String
    public var apiToken: SecretReference
    /// Keys of projects; empty for all that the account sees.
    public var projects: [String]
    /// Issues a page, 1 to 5,000; Jira may send fewer.
    public var maxResults: Int
    /// Fields to fetch besides those that Pulse needs.
    public var fields: [String]
    /// What Jira signs the deliveries of its webhook with; nil where there is none.
    public var webhookSecret: SecretReference?
    /// Hours between two sweeps of the ids that Jira lists, which find what was deleted; 0 sweeps never.
    public var sweepHours: Int

    public init(
        name: String? = nil,
        deployment: Deployment = .cloud,
        baseURL: String,
        email: String,
        apiToken: SecretReference,
        projects: [String] = [],
        maxResults: Int = 100,
        fields: [String] = [],
        webhookSecret: SecretReference? = nil,
        sweepHours: Int = 24
    ) {
        self.name = name
        self.deployment = deployment
        self.baseURL = baseURL
        self.email = email
        self.apiToken = apiToken
        self.projects = projects
        self.maxResults = maxResults
        self.fields = fields
        self.webhookSecret = webhookSecret
        self.sweepHours = sweepHours
    }

    init(reading reader: inout DefinitionReader) {
        reader.allow(Self.keys)
        self.name = reader.optionalText("name")
        self.deployment = .cloud
        if let text = reader.optionalText("deployment_type") {
            if let deployment = Deployment(rawValue: text) {
                self.deployment = deployment
            } else {
                reader.report(
                    "deployment_type",
                    "\(text.prefix(100)) is no deployment",
                    remedy: "write \"cloud\" or \"datacenter\""
                )
            }
        }
        let isCloud = self.deployment == .cloud
        self.baseURL = reader.url("base_url", example: isCloud ? "https://acme.atlassian.net" : "https://jira.acme.example")
        self.email =
            isCloud ? reader.requiredText("email", example: "pulse@acme.example") : reader.optionalText("email") ?? ""
        self.apiToken = reader.secret("api_token", example: "JIRA_TOKEN")
        self.maxResults = reader.number("max_results", in: 1...5_000, default: 100)
        self.fields = reader.texts("fields", example: "summary")
        self.webhookSecret = reader.has("webhook_secret") ? reader.secret("webhook_secret", example: "JIRA_WEBHOOK_SECRET") : nil
        self.sweepHours = reader.number("sweep_hours", in: 0...8_760, default: 24)
        self.projects = []
        if isCloud, !self.email.isEmpty, !self.email.contains("@") || self.email.contains(where: { $0.isWhitespace || $0 == ":" })
        {
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
