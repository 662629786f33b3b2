import FloatJSON
public import Foundation

/// The points of one tenant in one vector space: the only way to them.
///
/// Each filter, each IDF corpus and each upsert's condition names the tenant, and each point of an answer is checked to be the
/// tenant's.
public struct TenantVectors: Sendable {
    let client: QdrantClient
    public let tenant: UUID
    /// A collection or an alias of one.
    public let collection: String
    public let space: String
    let tenantText: String

    init(client: QdrantClient, tenant: UUID, collection: String, space: String) {
        self.client = client
        self.tenant = tenant
        self.collection = collection
        self.space = space
        self.tenantText = tenant.qdrantText
    }

    /// The value of a filter: tenant and space, then the conditions.
    func writeFilter(_ conditions: [PointFilter.Condition], to json: inout JSONByteWriter) {
        json.object { json in
            json.key("must")
            json.array { json in
                self.writeTenant(to: &json)
                self.writeSpace(to: &json)
                for condition in conditions where !condition.isNegated { condition.write(to: &json) }
            }
            let negated = conditions.filter(\.isNegated)
            guard !negated.isEmpty else { return }
            json.key("must_not")
            json.array { json in
                for condition in negated { condition.write(to: &json) }
            }
        }
    }

    /// The condition that the point is this tenant's.
    func writeTenant(to json: inout JSONByteWriter) {
        Self.writeMatch(PointKey.tenant, self.tenantText, to: &json)
    }

    /// The condition that the point is of this space.
    func writeSpace(to json: inout JSONByteWriter) {
        Self.writeMatch(PointKey.space, self.space, to: &json)
    }

    private static func writeMatch(_ key: String, _ value: String, to json: inout JSONByteWriter) {
        json.object { json in
            json.key("key")
            json.string(key)
            json.key("match")
            json.object { json in
                json.key("value")
                json.string(value)
            }
        }
    }

    /// The path of a request about this collection's points.
    func path(_ rest: String) -> String { Path.collection(self.collection, rest) }

    /// The query of every write.
    var writeQuery: String { "?wait=true&ordering=\(self.client.configuration.ordering.rawValue)" }

    /// Refuses an answer that holds another tenant's point: a filter that a server ignores must not become a leak.
    func requireOwn(_ payload: [String: QdrantValue], for operation: QdrantOperation) throws {
        guard payload[PointKey.tenant]?.stringValue == self.tenantText else {
            throw Self.foreignPoint(operation)
        }
    }

    static func foreignPoint(_ operation: QdrantOperation) -> QdrantError {
        QdrantError(unreadable: "it returned a point of another tenant", operation: operation)
    }
}
