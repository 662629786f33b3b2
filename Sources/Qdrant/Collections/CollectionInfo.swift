/// A collection as the server describes it.
public struct CollectionInfo: Sendable, Equatable, Decodable {
    public struct DenseVector: Sendable, Equatable, Decodable {
        public var size: Int
        public var distance: String
    }

    public struct SparseVector: Sendable, Equatable, Decodable {
        public var modifier: String?
    }

    public struct Index: Sendable, Equatable, Decodable {
        /// `keyword`, `integer`, `datetime` …
        public var type: String
        public var isTenant: Bool
        /// Points that carry the key.
        public var points: Int

        private enum CodingKeys: String, CodingKey {
            case type = "data_type"
            case params
            case points
        }

        private struct Parameters: Decodable {
            var isTenant: Bool?

            enum CodingKeys: String, CodingKey {
                case isTenant = "is_tenant"
            }
        }

        public init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            self.type = try container.decode(String.self, forKey: .type)
            self.points = try container.decode(Int.self, forKey: .points)
            self.isTenant = try container.decodeIfPresent(Parameters.self, forKey: .params)?.isTenant ?? false
        }
    }

    /// `green`: all is well; `yellow`: optimizing; `grey`: optimizations wait for a write; `red`: an operation failed for good.
    public var status: String
    /// Approximate, over all tenants.
    public var pointsCount: Int
    /// Vectors in an index; the others are scanned.
    public var indexedVectorsCount: Int
    public var segmentsCount: Int
    /// By name; collections with one unnamed vector have none here.
    public var vectors: [String: DenseVector]
    public var sparseVectors: [String: SparseVector]
    /// By payload key.
    public var indexes: [String: Index]

    private enum CodingKeys: String, CodingKey {
        case status
        case pointsCount = "points_count"
        case indexedVectorsCount = "indexed_vectors_count"
        case segmentsCount = "segments_count"
        case config
        case indexes = "payload_schema"
    }

    private struct Configuration: Decodable {
        struct Parameters: Decodable {
            var vectors: [String: DenseVector]
            var sparseVectors: [String: SparseVector]?

            private enum CodingKeys: String, CodingKey {
                case vectors
                case sparseVectors = "sparse_vectors"
            }

            init(from decoder: any Decoder) throws {
                let container = try decoder.container(keyedBy: CodingKeys.self)
                self.vectors = (try? container.decode([String: DenseVector].self, forKey: .vectors)) ?? [:]
                self.sparseVectors = try container.decodeIfPresent([String: SparseVector].self, forKey: .sparseVectors)
            }
        }
        var params: Parameters
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.status = try container.decode(String.self, forKey: .status)
        self.pointsCount = try container.decodeIfPresent(Int.self, forKey: .pointsCount) ?? 0
        self.indexedVectorsCount = try container.decodeIfPresent(Int.self, forKey: .indexedVectorsCount) ?? 0
        self.segmentsCount = try container.decode(Int.self, forKey: .segmentsCount)
        let parameters = try container.decode(Configuration.self, forKey: .config).params
        self.vectors = parameters.vectors
        self.sparseVectors = parameters.sparseVectors ?? [:]
        self.indexes = try container.decode([String: Index].self, forKey: .indexes)
    }
}
