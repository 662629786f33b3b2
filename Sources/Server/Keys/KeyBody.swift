import Foundation
import Store

/// An API key in JSON; the key itself only where it has just been made.
struct KeyBody: Encodable {
    enum CodingKeys: String, CodingKey {
        case id, name, prefix, role, active
        case createdAt = "created_at"
        case createdBy = "created_by"
        case expiresAt = "expires_at"
        case revokedAt = "revoked_at"
        case lastUsedAt = "last_used_at"
        case apiKey = "api_key"
    }

    var id: String
    var name: String
    var prefix: String
    var role: String
    var active: Bool
    var createdAt: Date
    var createdBy: String?
    var expiresAt: Date?
    var revokedAt: Date?
    var lastUsedAt: Date?
    var apiKey: String?

    init(_ key: StoredKey, text: String? = nil) {
        self.id = key.id.uuidString.lowercased()
        self.name = key.name
        self.prefix = key.prefix
        self.role = key.role?.rawValue ?? "installation"
        self.active = key.isInForce
        self.createdAt = key.createdAt
        self.createdBy = key.createdBy
        self.expiresAt = key.expiresAt
        self.revokedAt = key.revokedAt
        self.lastUsedAt = key.lastUsedAt
        self.apiKey = text
    }

    private static let members: [Schema.Member] = [
        .required("id", .uuid),
        .required("name", .text),
        .required("prefix", .text, "Its first characters, by which people tell keys apart."),
        .required("role", .choice(of: Principal.Role.self)),
        .required("active", .boolean, "Whether it opens anything now."),
        .required("created_at", .instant),
        .optional("created_by", .text),
        .optional("expires_at", .instant),
        .optional("revoked_at", .instant),
        .optional("last_used_at", .instant, "To the minute."),
    ]

    static let schema = Schema.object(Self.members).named("Key")
    static let newSchema = Schema.object(
        Self.members + [.required("api_key", .text, "The key, shown this one time: only its digest is kept.")]
    ).named("NewKey")
}

/// The body of a request for a key.
struct KeyFields: Decodable {
    enum CodingKeys: String, CodingKey {
        case name, role
        case expiresAt = "expires_at"
    }

    var name: String
    var role: String?
    var expiresAt: String?

    static let schema = Schema.object(
        .required("name", .text(.filled(1...100)), "What it is for."),
        .optional("role", .choice(of: Principal.Role.self), "`viewer` where left out."),
        .optional("expires_at", .text(.instant), "From when on it opens nothing; never where left out.")
    ).named("KeyRequest")

    func expiry() throws(Problem) -> Date? {
        guard let text = self.expiresAt else { return nil }
        guard let date = InstantText.parse(text) else {
            throw Problem.unprocessable("expires_at", "it is no date of any calendar", allowed: InstantText.allowed)
        }
        guard date > Date() else { throw Problem.unprocessable("expires_at", "it is past", allowed: "give a later time") }
        return date
    }
}
