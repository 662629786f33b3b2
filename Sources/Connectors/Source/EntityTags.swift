import Foundation

/// What an answer of a source may be asked with again: "this again, if it is no longer the same".
///
/// Kept in the checkpoint of the unit that read the answer, and written with the unit's last page: a tag stands for a pass that is
/// through, so "nothing new" is never taken for "nothing left".
struct EntityTags: Sendable, Equatable {
    /// Path and query that were asked.
    var target: String
    /// The API version that was asked for; the same list looks different in another.
    var version: String
    /// The tag by the name of the credential that asked.
    var tags: [String: String]
    /// When the whole list, not its beginning alone, was last read for changes; nil where nobody needs to know.
    var readAt: Date?

    init(target: String, version: String, tags: [String: String] = [:]) {
        self.target = target
        self.version = version
        self.tags = tags
    }

    init?(_ json: JSONValue) {
        guard let target = json["target"].text, let members = json["tags"].members else { return nil }
        self.target = target
        self.version = json["version"].string ?? ""
        self.readAt = json["read"].int.map(SourceDate.date(milliseconds:))
        self.tags = Dictionary(members.compactMap { member in member.value.text.map { (member.name, $0) } }) { $1 }
    }

    /// - Returns: nil for a text of an older version; everything is then asked for plainly.
    init?(_ text: String?) {
        guard let text, let json = try? JSONParser.parse(text) else { return nil }
        self.init(json)
    }

    var json: JSONValue {
        JSONValue([
            "target": .string(self.target), "version": .string(self.version),
            "tags": .object(self.tags.sorted { $0.key < $1.key }.map { .init(name: $0.key, value: .string($0.value)) }),
            "read": self.readAt.map { JSONValue(SourceDate.milliseconds(of: $0)) } ?? .null,
        ])
    }

    var text: String { self.json.serialized }
}
