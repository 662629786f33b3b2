public import Store

extension MetricDefinition {
    private static let pullGroupings: [InsightScope.Grouping] = [.none, .repository, .team, .project, .author]
    private static let pullFilters: [Filter] = [.repository, .project, .team]

    static let timeToFirstReview = Self(
        .timeToFirstReview,
        "Time to first review",
        """
        Over pull requests opened in the window, without those that are drafts still: from the opening to the first review by a person \
        other than the author. Reviews by bots do not count.
        """,
        counts: "pull requests opened",
        figures: [
            .init("hours_p50", "hours", "median, over the reviewed"), .init("hours_p85", "hours", "85 of 100 were faster"),
            .init("hours_mean", "hours", "mean, over the reviewed"), .init("reviewed", "share", "that have been reviewed"),
            .init("merged_without_review", "items", "merged although nobody reviewed"),
            .init("waiting", "items", "open and not reviewed yet"),
        ],
        groupings: pullGroupings,
        filters: pullFilters
    )

    static let reviewLoad = Self(
        .reviewLoad,
        "Review load",
        "Reviews submitted in the window, by reviewer; reviews of one's own pull requests do not count.",
        counts: "reviews",
        figures: [
            .init("pull_requests", "items", "pull requests reviewed"), .init("approvals", "items", "reviews that approve"),
            .init("changes_requested", "items", "reviews that ask for changes"),
            .init("share", "share", "of all reviews in the answer"),
        ],
        groupings: [.none],
        filters: pullFilters
    )

    static let pullRequestSize = Self(
        .pullRequestSize,
        "Size of pull requests",
        "Over pull requests opened in the window whose size is known: lines added and deleted, files, commits.",
        counts: "pull requests opened",
        figures: [
            .init("lines_p50", "lines", "median of lines changed"), .init("lines_p85", "lines", "85 of 100 are smaller"),
            .init("lines_mean", "lines", "mean of lines changed"), .init("files_p50", "items", "median of files changed"),
            .init("commits_p50", "items", "median of commits"), .init("up_to_200_lines", "share", "small ones"),
            .init("over_1000_lines", "share", "big ones"),
        ],
        groupings: pullGroupings,
        filters: pullFilters
    )

    /// Of every metric.
    public static func of(_ metric: InsightMetric) -> MetricDefinition {
        switch metric {
        case .leadTimeForChanges: self.leadTimeForChanges
        case .deploymentFrequency: self.deploymentFrequency
        case .changeFailureRate: self.changeFailureRate
        case .timeToRestore: self.timeToRestore
        case .cycleTime: self.cycleTime
        case .throughput: self.throughput
        case .timeInStatus: self.timeInStatus
        case .workInProgress: self.workInProgress
        case .sprints: self.sprints
        case .burndown: self.burndown
        case .timeToFirstReview: self.timeToFirstReview
        case .reviewLoad: self.reviewLoad
        case .pullRequestSize: self.pullRequestSize
        }
    }

    public static var all: [MetricDefinition] { InsightMetric.allCases.map(Self.of) }
}
