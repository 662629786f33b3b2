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
            self.writeLinks(to: &json)
            try self.settings.writeMembers(to: &json)
        }
    }

    /// The body of `PATCH /collections/{name}` that brings a collection to this layout, as far as that can be.
    func writeChanges(to json: inout JSONByteWriter) throws(FloatJSONError) {
        try json.object { json throws(FloatJSONError) in
            if let onDisk = self.settings.vectorsOnDisk {
                json.key("vectors")
                json.object { json in
                    json.key(VectorName.dense)
                    json.object { json in
                        json.key("on_disk")
                        json.bool(onDisk)
                    }
                }
            }
            json.key("hnsw_config")
            self.writeLinks(to: &json)
            json.key("params")
            json.object { json in
                if let factor = self.settings.writeConsistencyFactor {
                    json.key("write_consistency_factor")
                    json.integer(factor)
                }
                if let onDisk = self.settings.payloadOnDisk {
                    json.key("on_disk_payload")
                    json.bool(onDisk)
                }
            }
            try self.settings.writeQuantization(to: &json)
        }
    }

    private func writeLinks(to json: inout JSONByteWriter) {
        json.object { json in
            json.key("m")
            json.integer(0)
            json.key("payload_m")
            json.integer(self.linksPerPoint)
        }
    }
}
