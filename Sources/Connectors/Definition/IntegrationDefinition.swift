/// What an integration's JSON file says.
public enum IntegrationDefinition: Sendable, Equatable {
    case github(GitHubDefinition)
    case jira(JiraDefinition)

    /// Reads and checks the file's content.
    ///
    /// - Throws: all problems at once, each as one line.
    public init(json bytes: some Sequence<UInt8>) throws(IntegrationDefinitionError) {
        let json: JSONValue
        do {
            json = try JSONParser.parse(Array(bytes))
        } catch {
            throw IntegrationDefinitionError("", "the file is not JSON (\(error))", remedy: "mend it with a JSON editor")
        }
        guard json.members != nil else {
            throw IntegrationDefinitionError("", "the file holds no JSON object", remedy: "begin with {\"kind\": \"github\", …}")
        }
        var reader = DefinitionReader(json)
        switch json["kind"].string {
        case "github":
            let definition = GitHubDefinition(reading: &reader)
            try reader.finish()
            self = .github(definition)
        case "jira":
            let definition = JiraDefinition(reading: &reader)
            try reader.finish()
            self = .jira(definition)
        case let other:
            let problem = other.map { "\($0.prefix(50)) is not supported" } ?? "is missing"
            throw IntegrationDefinitionError("kind", problem, remedy: "write \"kind\": \"github\" or \"kind\": \"jira\"")
        }
    }

    /// `github` or `jira`.
    public var kind: String {
        switch self {
        case .github: "github"
        case .jira: "jira"
        }
    }

    public var name: String? {
        switch self {
        case .github(let definition): definition.name
        case .jira(let definition): definition.name
        }
    }

    public var baseURL: String {
        switch self {
        case .github(let definition): definition.baseURL
        case .jira(let definition): definition.baseURL
        }
    }

    /// The tokens of the integration, from the environment.
    ///
    /// - Throws: ``IntegrationDefinitionError`` naming the variable that is missing.
    public func resolveSecrets(environment: [String: String]) throws(IntegrationDefinitionError) -> [Secret] {
        switch self {
        case .github(let definition): try definition.resolveTokens(environment: environment)
        case .jira(let definition): [try definition.resolveSecrets(environment: environment)]
        }
    }

    /// The ids of the secrets of the tenant's vault that it names.
    public var vaultSecrets: [String] {
        let references =
            switch self {
            case .github(let definition):
                definition.tokens + [definition.app?.privateKey, definition.webhookSecret].compactMap(\.self)
            case .jira(let definition): [definition.apiToken] + [definition.webhookSecret].compactMap(\.self)
            }
        return references.filter(\.isInVault).map { String($0.variable.dropFirst("vault:".count)) }
    }

    /// What the deliveries of the integration's webhook are signed with; nil where it has none, or the variable is not set.
    public func webhookSecret(environment: [String: String]) -> [UInt8]? {
        let reference: SecretReference? =
            switch self {
            case .github(let definition): definition.webhookSecret
            case .jira(let definition): definition.webhookSecret
            }
        return reference.flatMap { try? $0.resolve("webhook_secret", environment: environment) }.map { Array($0.value.utf8) }
    }
}
