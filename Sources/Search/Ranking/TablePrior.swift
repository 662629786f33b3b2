import PulseModel

/// How likely a table's rows are what somebody looks for, before anything is known of the question.
///
/// Ten changes of an issue repeat its summary, and so does each link to it: unweighted they would push the issue itself, and
/// everything else, off the page.
enum TablePrior {
    static func of(_ table: EntityTable) -> Double {
        switch table {
        case .workItems, .pullRequests: 1
        case .comments, .reviews, .commits: 0.95
        case .projects, .repositories: 0.9
        case .changelogs, .links: 0.75
        case .wits, .statuses, .witsHierarchies, .witsMappings, .statusesMappings, .workflows: 0.75
        }
    }
}
