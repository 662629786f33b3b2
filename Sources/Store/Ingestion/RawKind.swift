import PulseModel

/// The kinds of raw records that the rows of a table come from.
enum RawKind {
    /// - Returns: nil where the table's rows come from no object of their own.
    static func kinds(of table: EntityTable) -> [String]? {
        switch table {
        case .projects: ["jira_project"]
        case .wits: ["jira_issue_type"]
        case .statuses: ["jira_status"]
        case .workItems: ["jira_issue", "jira_panel"]
        case .changelogs: ["jira_changelog"]
        case .repositories: ["github_repository"]
        case .pullRequests: ["github_pr"]
        case .commits: ["github_commit"]
        case .reviews: ["github_review"]
        case .comments: ["github_issue_comment", "github_review_comment"]
        case .links, .witsHierarchies, .witsMappings, .statusesMappings, .workflows: nil
        }
    }
}
