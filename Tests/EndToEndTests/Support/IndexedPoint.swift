/// A point as Qdrant has it.
struct IndexedPoint: Sendable {
    /// What must be the same wherever and however often the same source was indexed.
    struct Content: Sendable, Hashable, Comparable, CustomStringConvertible {
        var table: String
        var externalID: String
        var chunk: Int
        var hash: String

        var description: String { "\(self.table) \(self.externalID) #\(self.chunk) \(self.hash.prefix(12))" }

        static func < (left: Self, right: Self) -> Bool {
            (left.table, left.externalID, left.chunk, left.hash) < (right.table, right.externalID, right.chunk, right.hash)
        }
    }

    var identifier: String
    var entity: String
    var generation: Int
    var title: String
    var text: String
    var content: Content
    var payload: JSON

    init(_ json: JSON) throws {
        let payload = json["payload"]
        guard let identifier = json["id"].text, let entity = payload["entity"].text, let generation = payload["generation"].int,
            let table = payload["table"].text, let externalID = payload["external_id"].text, let chunk = payload["chunk"].int,
            let hash = payload["content_hash"].text, let text = payload["text"].text
        else { throw TestFailure("a point lacks a part of its payload: \(json)") }
        self.identifier = identifier
        self.payload = payload
        self.entity = entity
        self.generation = generation
        self.title = payload["title"].text ?? ""
        self.text = text
        self.content = Content(table: table, externalID: externalID, chunk: chunk, hash: hash)
    }
}
