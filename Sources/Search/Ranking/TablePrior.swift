import PulseModel

/// How unlikely a table's rows are what somebody looks for, before anything is known of the question.
///
/// Ten changes of an issue repeat its summary, and so does each link to it: unweighted they would push the issue itself, and
/// everything else, off the page.
enum TablePrior {
    /// In standard deviations of a ``ScoreScale``; the cosines of the best hundred deviate by about 0.05.
    static func handicap(of table: EntityTable) -> Double {
        switch table {
        case .workItems, .pullRequests: 0
        case .comments, .reviews, .commits: 0.5
        case .projects, .repositories: 1
        case .changelogs, .links: 2.5
        case .wits, .statuses, .witsHierarchies, .witsMappings, .statusesMappings, .workflows: 2.5
        }
    }
}
