import FloatJSON

extension PointFilter.Condition {
    /// Whether it stands under `must_not`.
    var isNegated: Bool {
        if case .keywordNot = self { true } else { false }
    }

    func write(to json: inout JSONByteWriter) {
        json.object { json in
            if case .ids(let ids) = self {
                json.key("has_id")
                json.array { json in
                    for id in ids { json.string(id.qdrantText) }
                }
                return
            }
            json.key("key")
            switch self {
            case .ids: break
            case .keyword(let key, let values), .keywordNot(let key, let values):
                json.string(key)
                Self.writeAny(to: &json) { json in
                    for value in values { json.string(value) }
                }
            case .integer(let key, let values):
                json.string(key)
                Self.writeAny(to: &json) { json in
                    for value in values { json.integer(value) }
                }
            case .integerRange(let key, let from, let through):
                json.string(key)
                Self.writeRange(to: &json) { json in
                    if let from {
                        json.key("gte")
                        json.integer(from)
                    }
                    if let through {
                        json.key("lte")
                        json.integer(through)
                    }
                }
            case .dateRange(let key, let from, let before):
                json.string(key)
                Self.writeRange(to: &json) { json in
                    if let from {
                        json.key("gte")
                        json.string(QdrantValue.text(of: from))
                    }
                    if let before {
                        json.key("lt")
                        json.string(QdrantValue.text(of: before))
                    }
                }
            }
        }
    }

    private static func writeAny(to json: inout JSONByteWriter, _ values: (inout JSONByteWriter) -> Void) {
        json.key("match")
        json.object { json in
            json.key("any")
            json.array(values)
        }
    }

    private static func writeRange(to json: inout JSONByteWriter, _ bounds: (inout JSONByteWriter) -> Void) {
        json.key("range")
        json.object(bounds)
    }
}
