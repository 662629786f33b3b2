/// How two dense vectors are compared.
public enum VectorDistance: String, Sendable, CaseIterable, Codable {
    case cosine = "Cosine"
    case dot = "Dot"
    case euclid = "Euclid"
    case manhattan = "Manhattan"
}
