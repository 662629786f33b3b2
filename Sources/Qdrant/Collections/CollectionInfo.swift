/// A collection as the server describes it.
public struct CollectionInfo: Sendable, Equatable, Decodable {
    public struct DenseVector: Sendable, Equatable, Decodable {
        public var size: Int
        public var distance: String
        /// Nil is the server's own choice.
        public var onDisk: Bool?

        private enum CodingKeys: String, CodingKey {
            case size
            case distance
            case onDisk = "on_disk"
        }
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

    /// How the vector index links points.
    public struct Links: Sendable, Equatable, Decodable {
        /// Over the whole collection.
        public var all: Int?
        /// Within one value of an index that links vectors.
        public var withinKey: Int?

        private enum CodingKeys: String, CodingKey {
            case all = "m"
            case withinKey = "payload_m"
        }
    }

    /// Which quantization there is; its numbers are not compared.
    public enum Quantization: String, Sendable, Equatable {
        case scalar
        case product
        case binary
        case turbo
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
    public var shardNumber: Int?
    public var replicationFactor: Int?
    public var writeConsistencyFactor: Int?
    public var payloadOnDisk: Bool?
    public var links: Links
    public var quantization: Quantization?
}

extension CollectionInfo {
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
            var shardNumber: Int?
            var replicationFactor: Int?
            var writeConsistencyFactor: Int?
            var payloadOnDisk: Bool?

            private enum CodingKeys: String, CodingKey {
                case vectors
                case sparseVectors = "sparse_vectors"
                case shardNumber = "shard_number"
                case replicationFactor = "replication_factor"
                case writeConsistencyFactor = "write_consistency_factor"
                case payloadOnDisk = "on_disk_payload"
            }

            init(from decoder: any Decoder) throws {
                let container = try decoder.container(keyedBy: CodingKeys.self)
                self.vectors = (try? container.decode([String: DenseVector].self, forKey: .vectors)) ?? [:]
                self.sparseVectors = try container.decodeIfPresent([String: SparseVector].self, forKey: .sparseVectors)
                self.shardNumber = try container.decodeIfPresent(Int.self, forKey: .shardNumber)
                self.replicationFactor = try container.decodeIfPresent(Int.self, forKey: .replicationFactor)
                self.writeConsistencyFactor = try container.decodeIfPresent(Int.self, forKey: .writeConsistencyFactor)
                self.payloadOnDisk = try container.decodeIfPresent(Bool.self, forKey: .payloadOnDisk)
            }
        }

        /// Of the quantization only its name.
        struct Name: CodingKey {
            var stringValue: String
            var intValue: Int? { nil }

            init(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { nil }
        }

        var params: Parameters
        var links: Links?
        var quantization: Quantization?

        private enum CodingKeys: String, CodingKey {
            case params
            case links = "hnsw_config"
            case quantization = "quantization_config"
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            self.params = try container.decode(Parameters.self, forKey: .params)
            self.links = try container.decodeIfPresent(Links.self, forKey: .links)
            let names = try? container.nestedContainer(keyedBy: Name.self, forKey: .quantization).allKeys
            self.quantization = names?.lazy.compactMap { Quantization(rawValue: $0.stringValue) }.first
        }
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.status = try container.decode(String.self, forKey: .status)
        self.pointsCount = try container.decodeIfPresent(Int.self, forKey: .pointsCount) ?? 0
        self.indexedVectorsCount = try container.decodeIfPresent(Int.self, forKey: .indexedVectorsCount) ?? 0
        self.segmentsCount = try container.decode(Int.self, forKey: .segmentsCount)
        let configuration = try container.decode(Configuration.self, forKey: .config)
        self.vectors = configuration.params.vectors
        self.sparseVectors = configuration.params.sparseVectors ?? [:]
        self.indexes = try container.decode([String: Index].self, forKey: .indexes)
        self.shardNumber = configuration.params.shardNumber
        self.replicationFactor = configuration.params.replicationFactor
        self.writeConsistencyFactor = configuration.params.writeConsistencyFactor
        self.payloadOnDisk = configuration.params.payloadOnDisk
        self.links = configuration.links ?? Links()
        self.quantization = configuration.quantization
    }
}
