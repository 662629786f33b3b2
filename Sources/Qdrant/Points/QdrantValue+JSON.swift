import FloatJSON

extension QdrantValue: Decodable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int64.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = .double(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([QdrantValue].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: QdrantValue].self))
        }
    }

    func write(to json: inout JSONByteWriter) throws(FloatJSONError) {
        switch self {
        case .null: json.null()
        case .bool(let value): json.bool(value)
        case .integer(let value): json.integer(value)
        case .double(let value): try json.double(value)
        case .string(let value): json.string(value)
        case .array(let values):
            try json.array { json throws(FloatJSONError) in
                for value in values { try value.write(to: &json) }
            }
        case .object(let members):
            try json.object { json throws(FloatJSONError) in
                for (key, value) in members.sorted(by: { $0.key < $1.key }) {
                    json.key(key)
                    try value.write(to: &json)
                }
            }
        }
    }
}
