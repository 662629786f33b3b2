import Foundation

/// Where a pass over a repository's pull requests stands.
struct PullsCursor: Equatable {
    /// What is still to be read of one pull request that has more commits or reviews than a page holds.
    struct More: Equatable {
        enum Kind: String { case commits, reviews }

        var kind: Kind
        /// GraphQL's id of the pull request.
        var node: String
        var number: Int
        /// Empty where the list is to be read from its beginning.
        var after: String
        /// Stable ids of what has been read; nil where one could not be taken, so that the set is not whole.
        var seen: [String]?
        /// Issue keys found so far and where.
        var keys: [String: String]
        /// Of the page that began it, in milliseconds: what is newer is not judged by this set.
        var since: Int
    }

    /// Path and query of the page to read next, over REST.
    var next: String?
    /// GraphQL's cursor of the page to read next.
    var after: String?
    /// Whether the list is through and only ``more`` is left.
    var isListed = false
    var more: [More] = []
    /// The greatest update time of the pass's first page, in milliseconds: the watermark, once the pass is through.
    var newest: Int?
    /// The tags of the question that began the pass.
    var tags: EntityTags?

    /// Whether the pass looks for changes of older objects too.
    var isWhole = false

    init(next: String?, newest: Int?, tags: EntityTags? = nil, isWhole: Bool = false) {
        self.next = next
        self.newest = newest
        self.tags = tags
        self.isWhole = isWhole
    }

    init(after: String?, isListed: Bool, more: [More], newest: Int?, tags: EntityTags?) {
        self.after = after
        self.isListed = isListed
        self.more = more
        self.newest = newest
        self.tags = tags
    }

    /// - Returns: nil for a text of an older version, so that the pass begins anew.
    init?(_ text: String?) {
        guard let text, let json = try? JSONParser.parse(text) else { return nil }
        self.next = json["next"].text
        self.after = json["after"].text
        self.isListed = json["listed"].bool ?? false
        self.newest = json["newest"].int
        self.tags = EntityTags(json["tags"])
        self.isWhole = json["whole"].bool ?? false
        self.more = (json["more"].array ?? []).compactMap(More.init)
        if let next { guard next.hasPrefix("/") else { return nil } }
        guard self.next != nil || self.after != nil || (self.isListed && !self.more.isEmpty) else { return nil }
    }

    var text: String {
        JSONValue([
            "next": self.next.map(JSONValue.string) ?? .null, "after": self.after.map(JSONValue.string) ?? .null,
            "listed": .bool(self.isListed), "more": .array(self.more.map(\.json)),
            "newest": self.newest.map(JSONValue.init) ?? .null, "tags": self.tags?.json ?? .null, "whole": .bool(self.isWhole),
        ]).serialized
    }
}

extension PullsCursor.More {
    init?(_ json: JSONValue) {
        guard let kind = json["kind"].string.flatMap(Kind.init), let node = json["node"].text, let number = json["number"].int,
            let after = json["after"].string
        else { return nil }
        self.init(
            kind: kind,
            node: node,
            number: number,
            after: after,
            seen: json["seen"].array?.compactMap(\.string),
            keys: Dictionary((json["keys"].members ?? []).map { ($0.name, $0.value.string ?? "") }) { $1 },
            since: json["since"].int ?? 0
        )
    }

    var json: JSONValue {
        JSONValue([
            "kind": .string(self.kind.rawValue), "node": .string(self.node), "number": JSONValue(self.number),
            "after": .string(self.after), "seen": self.seen.map { JSONValue($0) } ?? .null,
            "keys": .object(self.keys.sorted { $0.key < $1.key }.map { .init(name: $0.key, value: .string($0.value)) }),
            "since": JSONValue(self.since),
        ])
    }
}
