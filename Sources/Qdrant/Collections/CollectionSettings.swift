import FloatJSON

/// How a collection is spread and stored. What is nil is left to the server.
public struct CollectionSettings: Sendable, Equatable {
    public enum Quantization: Sendable, Equatable {
        /// One byte a component.
        /// - Parameter quantile: 0.5 to 1; the share of components within the byte's range.
        case scalar(quantile: Double? = nil, alwaysInMemory: Bool = true)
        /// One bit a component; for models of 1,024 dimensions and more.
        case binary(alwaysInMemory: Bool = true)
        /// Vectors as they are: a quantization that is there is taken away.
        case off

        /// As the server names it; nil for none.
        var kind: CollectionInfo.Quantization? {
            switch self {
            case .scalar: .scalar
            case .binary: .binary
            case .off: nil
            }
        }
    }

    public var shardNumber: Int?
    public var replicationFactor: Int?
    /// Replicas that must have applied a write before it is `completed`.
    public var writeConsistencyFactor: Int?
    public var quantization: Quantization?
    /// Dense vectors are read from disk.
    public var vectorsOnDisk: Bool?
    public var payloadOnDisk: Bool?

    public init(
        shardNumber: Int? = nil,
        replicationFactor: Int? = nil,
        writeConsistencyFactor: Int? = nil,
        quantization: Quantization? = nil,
        vectorsOnDisk: Bool? = nil,
        payloadOnDisk: Bool? = nil
    ) {
        self.shardNumber = shardNumber
        self.replicationFactor = replicationFactor
        self.writeConsistencyFactor = writeConsistencyFactor
        self.quantization = quantization
        self.vectorsOnDisk = vectorsOnDisk
        self.payloadOnDisk = payloadOnDisk
    }

    /// Members of the collection's object.
    func writeMembers(to json: inout JSONByteWriter) throws(FloatJSONError) {
        let numbers = [
            ("shard_number", self.shardNumber), ("replication_factor", self.replicationFactor),
            ("write_consistency_factor", self.writeConsistencyFactor),
        ]
        for case (let key, let value?) in numbers {
            json.key(key)
            json.integer(value)
        }
        if let payloadOnDisk {
            json.key("on_disk_payload")
            json.bool(payloadOnDisk)
        }
        if self.quantization != .off { try self.writeQuantization(to: &json) }
    }

    /// A new collection has none where this says nothing; of one that stands it can be taken away.
    func writeQuantization(to json: inout JSONByteWriter) throws(FloatJSONError) {
        guard let quantization else { return }
        json.key("quantization_config")
        guard quantization != .off else { return json.string("Disabled") }
        try json.object { json throws(FloatJSONError) in
            switch quantization {
            case .scalar(let quantile, let alwaysInMemory):
                json.key("scalar")
                try json.object { json throws(FloatJSONError) in
                    json.key("type")
                    json.string("int8")
                    if let quantile {
                        json.key("quantile")
                        try json.double(quantile)
                    }
                    json.key("always_ram")
                    json.bool(alwaysInMemory)
                }
            case .binary(let alwaysInMemory):
                json.key("binary")
                json.object { json in
                    json.key("always_ram")
                    json.bool(alwaysInMemory)
                }
            case .off:
                break
            }
        }
    }
}
