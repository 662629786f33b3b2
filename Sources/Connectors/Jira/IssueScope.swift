/// Whose issues a unit reads.
enum IssueScope: Sendable, Hashable {
    case project(String)
    /// Those of all projects but these: Jira shows issues of projects that its list leaves out, and where it answers no list at all,
    /// all issues are read this way.
    case others(than: [String])

    static let prefix = "issues:"
    /// A search that names more may be refused as too long.
    static let mostNamed = 200
    /// No project's key is written in small letters.
    private static let others = "issues:others"

    /// The unit that holds how far they have been read.
    ///
    /// A project is known by its key, as people write it. Where the key changes, the store forgets how far both keys were, and all is
    /// read anew.
    var unit: String {
        switch self {
        case .project(let key): Self.prefix + key
        case .others: Self.others
        }
    }

    var keys: [String] {
        switch self {
        case .project(let key): [key]
        case .others(let keys): keys
        }
    }

    /// Whether the projects are too many to be left out by name: all issues are listed then, and those of the others are taken.
    var isWide: Bool {
        switch self {
        case .project: false
        case .others(let keys): keys.count > Self.mostNamed
        }
    }

    /// As JQL; nil is every issue.
    var clause: String? {
        let list = self.keys.map { "\"\($0)\"" }.joined(separator: ", ")
        return switch self {
        case .project: "project in (\(list))"
        case .others(let keys): keys.isEmpty || self.isWide ? nil : "project not in (\(list))"
        }
    }

    /// - Returns: nil for a unit that reads no project's issues.
    static func project(ofUnit unit: String) -> IssueScope? {
        unit.hasPrefix(self.prefix) && unit != self.others ? .project(String(unit.dropFirst(self.prefix.count))) : nil
    }
}
