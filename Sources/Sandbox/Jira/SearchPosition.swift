/// Where a search goes on: after the issue with these sort values, for the same query.
///
/// A token holds a place, not a number of rows, so that an issue which moves while a client reads is met again rather than lost.
struct SearchPosition: Sendable, Equatable {
    var queryHash: UInt64
    var values: [Int64]
    var keyProject: String

    /// An opaque text for clients.
    var token: String {
        let text = [String(queryHash, radix: 36), keyProject] + values.map(String.init)
        return text.joined(separator: ".").utf8.map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }

    init?(token: String) {
        let characters = Array(token)
        guard characters.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: characters.count, by: 2) {
            guard let byte = UInt8(String(characters[index...index + 1]), radix: 16) else { return nil }
            bytes.append(byte)
        }
        let parts = String(decoding: bytes, as: UTF8.self).split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count > 2, let hash = UInt64(parts[0], radix: 36) else { return nil }
        queryHash = hash
        keyProject = String(parts[1])
        values = parts.dropFirst(2).compactMap { Int64($0) }
    }

    init(_ issue: JiraWorld.Issue, order: [JQL.Order], queryHash: UInt64) {
        self.queryHash = queryHash
        keyProject = issue.projectKey
        values = order.map { issue.sortValue($0.field) } + [Int64(issue.id)]
    }

    /// Whether this position comes before another in an order that ends with the id.
    func precedes(_ other: SearchPosition, order: [JQL.Order]) -> Bool {
        for (index, part) in order.enumerated() {
            if part.field == .key, keyProject != other.keyProject {
                return (keyProject < other.keyProject) != part.descending
            }
            if values[index] != other.values[index] { return (values[index] < other.values[index]) != part.descending }
        }
        return values[order.count] < other.values[order.count]
    }
}

extension JiraWorld.Issue {
    /// The number that stands for a field in an order; a key's is the number after its project.
    func sortValue(_ field: JQL.Field) -> Int64 {
        switch field {
        case .updated: updated.milliseconds
        case .created: created.milliseconds
        case .id: Int64(id)
        case .key, .project: Int64(key.split(separator: "-").last ?? "") ?? 0
        }
    }
}
