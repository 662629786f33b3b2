import Foundation
import Store

/// An integration in JSON. Secrets stand in its definition by reference only.
struct IntegrationBody: Encodable {
    enum CodingKeys: String, CodingKey {
        case id, name, kind, definition
        case baseURL = "base_url"
        case createdAt = "created_at"
        case updatedAt = "updated_at"
    }

    var id: String
    var name: String
    var kind: String
    var baseURL: String
    var definition: JSONValue
    var createdAt: Date
    var updatedAt: Date

    init(_ record: IntegrationRecord) {
        self.id = record.integration.id.uuidString.lowercased()
        self.name = record.integration.name
        self.kind = record.integration.kind
        self.baseURL = record.integration.baseURL
        self.definition =
            (try? JSONDecoder().decode(JSONValue.self, from: Data(record.integration.configuration.utf8))) ?? .object([:])
        self.createdAt = record.createdAt
        self.updatedAt = record.updatedAt
    }

    static let schema = Schema.object(
        .required("id", .uuid),
        .required("name", .text),
        .required("kind", .text),
        .required("base_url", .text),
        .required("definition", .map(of: .anything), "As it was given; secrets stand in it by reference."),
        .required("created_at", .instant),
        .required("updated_at", .instant)
    ).named("Integration")
}

/// The body of a request that adds an integration or changes one.
struct IntegrationFields: Decodable {
    var name: String?
    var definition: [String: JSONValue]
    var secrets: [String: String]?

    static let name = TextRule(
        pattern: "^[A-Za-z0-9][A-Za-z0-9 ._-]{0,99}$",
        allowed: "use letters, digits, spaces, ., - and _, at most 100, and begin with a letter or digit"
    ) { text in text.wholeMatch(of: /[A-Za-z0-9][A-Za-z0-9 ._\-]{0,99}/) != nil }

    private static let definition = Schema.Member.required(
        "definition",
        .map(of: .anything),
        """
        `{"kind": "github", "base_url": "https://api.github.com", "organization": "acme", "token": "vault:github"}` or \
        `{"kind": "jira", "base_url": "https://acme.atlassian.net", "email": "…", "api_token": "vault:jira"}`. Secrets are named as \
        `vault:<id>`.
        """
    )
    private static let secrets = Schema.Member.optional(
        "secrets",
        .map(of: .text(.filled(1...16_384))),
        "Secrets to keep along with it, by the id under which the definition names them."
    )

    static let newSchema = Schema.object(
        .optional("name", .text(Self.name), "The definition's own name, else its kind, where left out."),
        Self.definition,
        Self.secrets
    ).named("NewIntegration")
    static let schema = Schema.object(Self.definition, Self.secrets).named("IntegrationChange")
}
