import Foundation

/// Where a pass over a repository's pull requests stands.
struct PullsCursor: Equatable {
    /// Path and query of the page to read next.
    var next: String
    /// The greatest update time of the pass's first page, in milliseconds: the watermark, once the pass is through.
    var newest: Int?

    init(next: String, newest: Int?) {
        self.next = next
        self.newest = newest
    }

    /// - Returns: nil for a text of an older version, so that the pass begins anew.
    init?(_ text: String?) {
        guard let text, let json = try? JSONParser.parse(text), let next = json["next"].text, next.hasPrefix("/") else {
            return nil
        }
        self.next = next
        self.newest = json["newest"].int
    }

    var text: String {
        JSONValue(["next": .string(self.next), "newest": self.newest.map(JSONValue.init) ?? .null]).serialized
    }
}
