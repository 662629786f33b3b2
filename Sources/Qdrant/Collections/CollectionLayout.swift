import FloatJSON

/// A collection for many tenants: one dense and one sparse vector a point, and an index for each key that filters name.
///
/// There is no vector index over all points (`m = 0`), only one within each tenant (`payload_m`): a query without a tenant would
/// scan everything, and none can be asked.
public struct CollectionLayout: Sendable, Equatable {
    public var name: String
    /// Components of the dense vector.
    public var dimensions: Int
    public var distance: VectorDistance
    /// Links a point within its tenant; 16 is Qdrant's default for whole collections.
    public var linksPerPoint: Int
    /// Indexes besides those of ``scopeIndexes``.
    public var facets: [PayloadIndex]
    public var settings: CollectionSettings

    public init(
        name: String,
        dimensions: Int,
        distance: VectorDistance = .cosine,
        linksPerPoint: Int = 16,
        facets: [PayloadIndex] = CollectionLayout.trackerFacets,
        settings: CollectionSettings = CollectionSettings()
    ) {
        self.name = name
        self.dimensions = dimensions
        self.distance = distance
        self.linksPerPoint = linksPerPoint
        self.facets = facets
        self.settings = settings
    }

    /// What ``TenantVectors`` filters by.
    public static let scopeIndexes = [
        PayloadIndex(PointKey.tenant, .keyword(isTenant: true), linksVectors: true),
        PayloadIndex(PointKey.entity, .uuid),
        PayloadIndex(PointKey.generation, .integer()),
        PayloadIndex(PointKey.space, .keyword()),
    ]

    /// What documents from trackers and code hosts are filtered by.
    public static let trackerFacets =
        ["source", "table", "project", "repository", "author", "status", "external_id"].map { PayloadIndex($0, .keyword()) } + [
            PayloadIndex("updated_at", .datetime),
            PayloadIndex("chunk", .integer(lookup: true, range: false)),
        ]

    /// Every index, the tenant's first.
    public var indexes: [PayloadIndex] { Self.scopeIndexes + self.facets }

    /// What differs between this layout and a collection as it is; empty where all is as it should be.
    public func drift(from info: CollectionInfo) -> [CollectionDrift] {
        self.vectorDrift(from: info) + self.indexes.compactMap { self.drift(of: $0, from: info) }
    }

    private func vectorDrift(from info: CollectionInfo) -> [CollectionDrift] {
        var drift: [CollectionDrift] = []
        if let dense = info.vectors[VectorName.dense] {
            if dense.size != self.dimensions {
                drift.append(.init(.differentVector, "vector `dense` has \(dense.size) components, not \(self.dimensions)"))
            }
            if dense.distance != self.distance.rawValue {
                let words = "vector `dense` is compared by \(dense.distance), not \(self.distance.rawValue)"
                drift.append(.init(.differentVector, words))
            }
        } else {
            drift.append(.init(.differentVector, "vector `dense` is missing"))
        }
        if let lexical = info.sparseVectors[VectorName.lexical] {
            if lexical.modifier != "idf" {
                drift.append(.init(.differentVector, "sparse vector `lexical` lacks the modifier idf"))
            }
        } else {
            drift.append(.init(.differentVector, "sparse vector `lexical` is missing"))
        }
        return drift
    }

    private func drift(of index: PayloadIndex, from info: CollectionInfo) -> CollectionDrift? {
        guard let found = info.indexes[index.key] else {
            return .init(.missingIndex, "payload index `\(index.key)` is missing")
        }
        if found.type != index.type {
            return .init(.differentIndex, "payload index `\(index.key)` is of type \(found.type), not \(index.type)")
        }
        if index.key == PointKey.tenant, !found.isTenant {
            return .init(.differentIndex, "payload index `\(index.key)` is not marked as the tenant's")
        }
        return nil
    }

    /// The body of `PUT /collections/{name}`.
    func write(to json: inout JSONByteWriter) throws(FloatJSONError) {
        try json.object { json throws(FloatJSONError) in
            json.key("vectors")
            json.object { json in
                json.key(VectorName.dense)
                json.object { json in
                    json.key("size")
                    json.integer(self.dimensions)
                    json.key("distance")
                    json.string(self.distance.rawValue)
                    if let onDisk = self.settings.vectorsOnDisk {
                        json.key("on_disk")
                        json.bool(onDisk)
                    }
                }
            }
            json.key("sparse_vectors")
            json.object { json in
                json.key(VectorName.lexical)
                json.object { json in
                    json.key("modifier")
                    json.string("idf")
                }
            }
            json.key("hnsw_config")
            json.object { json in
                json.key("m")
                json.integer(0)
                json.key("payload_m")
                json.integer(self.linksPerPoint)
            }
            try self.settings.writeMembers(to: &json)
        }
    }
}
