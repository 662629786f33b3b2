/// The fifteen tables whose rows are indexed.
public enum EntityTable: String, Sendable, CaseIterable, Codable, Hashable {
    case projects
    case wits
    case statuses
    case workItems = "work_items"
    case changelogs
    case witsHierarchies = "wits_hierarchies"
    case witsMappings = "wits_mappings"
    case statusesMappings = "statuses_mappings"
    case workflows
    case repositories
    case pullRequests = "prs"
    case commits = "prs_commits"
    case reviews = "prs_reviews"
    case comments = "prs_comments"
    case links = "wits_prs_links"

    /// Where its rows come from. A link belongs to Jira, whichever connector found it.
    public var source: SourceKind {
        switch self {
        case .repositories, .pullRequests, .commits, .reviews, .comments: .github
        case .projects, .wits, .statuses, .workItems, .changelogs, .links: .jira
        case .witsHierarchies, .witsMappings, .statusesMappings, .workflows: .jira
        }
    }
}

/// The systems that Pulse reads.
public enum SourceKind: String, Sendable, CaseIterable, Codable, Hashable {
    case github
    case jira
}
