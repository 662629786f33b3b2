import Store

extension MetricDefinition {
    private static let production = """
        A deployment counts where GitHub says that its environment is production, or it is called production, prod or live, and it has \
        ended; its moment is its end.
        """

    static let leadTimeForChanges = Self(
        .leadTimeForChanges,
        "Lead time for changes",
        """
        Over pull requests merged in the window: from the first commit's authoring (or the opening, where that is earlier) to the \
        first successful production deployment of the repository after the merge. Repositories without deployments on record take \
        their first published release after the merge. Parts: coding until the opening; pickup until the first review by a person \
        other than the author (bots do not count); review until the merge; deploy until users have it. Without a review, all time until the merge is pickup. Totals and \
        deploy times are taken over the deployed ones only. \(production)
        """,
        counts: "pull requests merged",
        figures: [
            .init("deployed", "items", "merged pull requests that a deployment or release has brought out since"),
            .init("total_hours_p50", "hours", "median from the first commit to users"),
            .init("total_hours_p85", "hours", "85 of 100 were faster"),
            .init("total_hours_mean", "hours", "mean from the first commit to users"),
            .init("coding_hours_p50", "hours", "median from the first commit to the opening"),
            .init("pickup_hours_p50", "hours", "median from the opening to the first review"),
            .init("review_hours_p50", "hours", "median from the first review to the merge"),
            .init("deploy_hours_p50", "hours", "median from the merge to users"),
            .init("coding_hours_mean", "hours", "mean from the first commit to the opening"),
            .init("pickup_hours_mean", "hours", "mean from the opening to the first review"),
            .init("review_hours_mean", "hours", "mean from the first review to the merge"),
            .init("deploy_hours_mean", "hours", "mean from the merge to users"),
        ],
        groupings: [.none, .repository, .team, .project, .author],
        filters: [.repository, .project, .team]
    )

    static let deploymentFrequency = Self(
        .deploymentFrequency,
        "Deployment frequency",
        "Successful production deployments that ended in the window. Periods without any are not listed. \(production)",
        counts: "successful deployments",
        figures: [
            .init("per_day", "items", "deployments a day, over the part of the period that lies in the window"),
            .init("per_week", "items", "seven times that"),
            .init("days_with_deployments", "days", "days of UTC with at least one"),
        ],
        groupings: [.none, .repository],
        filters: [.repository]
    )

    private static let incidents = """
        An incident is a work item whose type is or counts as incident or outage, or that has such a label.
        """

    static let changeFailureRate = Self(
        .changeFailureRate,
        "Change failure rate",
        """
        Of the production deployments that ended in the window, the share that failed, or that was the last one before an incident \
        was reported. \(incidents) \(production)
        """,
        counts: "deployments, failed ones included",
        figures: [
            .init("rate", "share", "failed, or followed by an incident"),
            .init("failed_deployments", "items", "deployments that failed themselves"),
            .init("deployments_before_incidents", "items", "deployments that an incident is laid to"),
        ],
        groupings: [.none, .repository],
        filters: [.repository, .project, .team]
    )

    static let timeToRestore = Self(
        .timeToRestore,
        "Time to restore",
        """
        Over incidents reported in the window, from the report to the last completion; and over failed production deployments, until \
        the next successful one of the same repository and environment. Asked for by project or team, incidents only. \(incidents)
        """,
        counts: "incidents and failed deployments",
        figures: [
            .init("hours_p50", "hours", "median, over the restored"), .init("hours_p85", "hours", "85 of 100 were faster"),
            .init("hours_mean", "hours", "mean, over the restored"), .init("still_open", "items", "not restored yet"),
        ],
        groupings: [.none, .repository, .project, .team, .type],
        filters: [.repository, .project, .team]
    )
}
