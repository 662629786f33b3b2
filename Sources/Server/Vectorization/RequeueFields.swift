import PulseModel

/// The body of `POST /api/v1/vectorization/requeue`.
struct RequeueFields: Decodable, Sendable {
    enum Members: String, CodingKey, CaseIterable {
        case table, kind
    }

    var table: EntityTable?
    var kind: FailureKind?

    init() {}

    init(from decoder: any Decoder) throws {
        try decoder.refuseMembers(besides: Members.self)
        let container = try decoder.container(keyedBy: Members.self)
        func choice<T: RawRepresentable & CaseIterable>(_ key: Members) throws -> T? where T.RawValue == String {
            guard let text = try container.decodeIfPresent(String.self, forKey: key) else { return nil }
            if let value = T(rawValue: text) { return value }
            throw Problem.invalid(
                key.rawValue,
                "there is no \(text.prefix(100))",
                allowed: "use " + T.allCases.map(\.rawValue).joined(separator: ", ")
            )
        }
        self.table = try choice(.table)
        self.kind = try choice(.kind)
    }
}
