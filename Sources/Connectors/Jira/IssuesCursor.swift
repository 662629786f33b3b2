import Foundation

/// Where a pass over issues stands.
struct IssuesCursor: Equatable {
    /// The lower bound of the pass's question; the token is good only for that very question. Milliseconds.
    var since: Int?
    var token: String?
    /// The greatest update time seen in this pass. Milliseconds.
    var newest: Int?
    /// Whether Jira kept to the order that was asked for, so that all below ``newest`` has been seen.
    var isSorted: Bool

    init(since: Int?, token: String?, newest: Int?, isSorted: Bool) {
        self.since = since
        self.token = token
        self.newest = newest
        self.isSorted = isSorted
    }

    init?(_ text: String?) {
        guard let text, let json = try? JSONParser.parse(text), json.members != nil else { return nil }
        self.init(
            since: json["since"].int,
            token: json["token"].text,
            newest: json["newest"].int,
            isSorted: json["sorted"].bool ?? false
        )
    }

    var text: String {
        JSONValue([
            "since": self.since.map(JSONValue.init) ?? .null, "token": self.token.map(JSONValue.string) ?? .null,
            "newest": self.newest.map(JSONValue.init) ?? .null, "sorted": .bool(self.isSorted),
        ]).serialized
    }
}
