import FloatJSON

/// An index over one key of the payload. Filters by keys without one are slow, and refused by servers in strict mode.
public struct PayloadIndex: Sendable, Equatable {
    public enum Kind: Sendable, Equatable {
        /// - Parameter isTenant: points are stored together by this key.
        case keyword(isTenant: Bool = false)
        case uuid
        /// - Parameters:
        ///   - lookup: for equality.
        ///   - range: for bounds.
        case integer(lookup: Bool = true, range: Bool = true)
        case datetime
        case bool
    }

    public var key: String
    public var kind: Kind
    /// Whether the vector index gets links of its own for this key. Only the tenant's key should: each costs memory and time.
    public var linksVectors: Bool

    public init(_ key: String, _ kind: Kind, linksVectors: Bool = false) {
        self.key = key
        self.kind = kind
        self.linksVectors = linksVectors
    }

    /// Qdrant's name of the type.
    public var type: String {
        switch self.kind {
        case .keyword: "keyword"
        case .uuid: "uuid"
        case .integer: "integer"
        case .datetime: "datetime"
        case .bool: "bool"
        }
    }

    /// `{"field_name": …, "field_schema": …}`
    func write(to json: inout JSONByteWriter) {
        json.object { json in
            json.key("field_name")
            json.string(self.key)
            json.key("field_schema")
            json.object { json in
                json.key("type")
                json.string(self.type)
                switch self.kind {
                case .keyword(let isTenant) where isTenant:
                    json.key("is_tenant")
                    json.bool(true)
                case .integer(let lookup, let range):
                    json.key("lookup")
                    json.bool(lookup)
                    json.key("range")
                    json.bool(range)
                case .keyword, .uuid, .datetime, .bool: break
                }
                json.key("enable_hnsw")
                json.bool(self.linksVectors)
            }
        }
    }
}
