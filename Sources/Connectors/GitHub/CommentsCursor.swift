import Foundation

/// Where a pass over a repository's comments stands.
struct CommentsCursor: Equatable {
    /// Comments updated from here on are still to be read; milliseconds.
    var since: Int?
    /// Path and query of the page to read next, where the source pages only by link.
    var next: String?
    /// The greatest update time seen in this pass; milliseconds.
    var newest: Int?
    /// The tags of the question that began the pass.
    var tags: EntityTags?

    init(since: Int?, next: String?, newest: Int?, tags: EntityTags? = nil) {
        self.since = since
        self.next = next
        self.newest = newest
        self.tags = tags
    }

    init?(_ text: String?) {
        guard let text, let json = try? JSONParser.parse(text), json.members != nil else { return nil }
        self.init(
            since: json["since"].int,
            next: json["next"].text,
            newest: json["newest"].int,
            tags: EntityTags(json["tags"])
        )
        if let next, !next.hasPrefix("/") { return nil }
    }

    var text: String {
        JSONValue([
            "since": self.since.map(JSONValue.init) ?? .null, "next": self.next.map(JSONValue.string) ?? .null,
            "newest": self.newest.map(JSONValue.init) ?? .null, "tags": self.tags?.json ?? .null,
        ]).serialized
    }
}
