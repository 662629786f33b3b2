/// What a request is for: as a phrase for errors, and whether its outcome can be unknown.
struct QdrantOperation: Sendable {
    var phrase: String
    var isWrite: Bool

    static func read(_ phrase: String) -> Self { Self(phrase: phrase, isWrite: false) }
    static func write(_ phrase: String) -> Self { Self(phrase: phrase, isWrite: true) }
}
