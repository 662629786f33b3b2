import Store

extension MetricDefinition {
    private static let itemGroupings: [InsightScope.Grouping] = [.none, .team, .project, .type, .author]

    static let cycleTime = Self(
        .cycleTime,
        "Cycle and lead time",
        """
        Over work items that are done and were completed last in the window. Cycle time: from the first time in progress to the last \
        completion; lead time: from creation to the last completion. Which statuses count as in progress and done, the mappings say.
        """,
        counts: "work items completed",
        figures: [
            .init("cycle_hours_p50", "hours", "median cycle time"), .init("cycle_hours_p85", "hours", "85 of 100 were faster"),
            .init("cycle_hours_mean", "hours", "mean cycle time"), .init("lead_hours_p50", "hours", "median lead time"),
            .init("lead_hours_p85", "hours", "85 of 100 were faster"), .init("lead_hours_mean", "hours", "mean lead time"),
            .init("work_hours_mean", "hours", "mean time in progress, without review"),
            .init("review_hours_mean", "hours", "mean time in review or test"),
            .init("reworked", "share", "reopened, started more than once, or sent back from review"),
            .init("never_in_progress", "items", "completed straight from the backlog; they have no cycle time"),
        ],
        groupings: itemGroupings,
        filters: [.project, .team]
    )

    static let throughput = Self(
        .throughput,
        "Throughput",
        "Work items that are done and were completed last in the window. Periods without any are not listed.",
        counts: "work items completed",
        figures: [
            .init("points", "points", "their story points"), .init("estimated", "items", "those that have story points"),
        ],
        groupings: itemGroupings,
        filters: [.project, .team]
    )

    static let timeInStatus = Self(
        .timeInStatus,
        "Time in status",
        "How long work items stood in each status that they left in the window. The group is the status, behind what was asked for.",
        counts: "times that the status was left",
        figures: [
            .init("hours_p50", "hours", "median stay"), .init("hours_p85", "hours", "85 of 100 were shorter"),
            .init("hours_mean", "hours", "mean stay"), .init("hours_sum", "hours", "all stays together"),
        ],
        groupings: itemGroupings,
        filters: [.project, .team]
    )

    static let workInProgress = Self(
        .workInProgress,
        "Work in progress and its age",
        "Work items in progress now, and how long ago work on them began last, counted up to the window's end.",
        counts: "work items in progress",
        figures: [
            .init("age_days_p50", "days", "median age"), .init("age_days_p85", "days", "85 of 100 are younger"),
            .init("age_days_max", "days", "age of the oldest"), .init("points", "points", "their story points"),
        ],
        groupings: itemGroupings,
        takesPeriods: false,
        filters: [.project, .team]
    )

    static let sprints = Self(
        .sprints,
        "Sprints: velocity, completion, carry-over",
        """
        Each sprint that began in the window, by the work items that were in it at its start or its end, without those that were \
        done at its start and still at its end. What was in it when, and done when, follows from the histories; points are those of \
        today. Committed: in it and not done at its start. Completed: in it and done at its end, so what was reopened and not \
        finished again is carried over.
        """,
        counts: "work items that were in the sprint",
        figures: [
            .init("committed_items", "items", "in it and not done at its start"),
            .init("committed_points", "points", "their points"),
            .init("added_items", "items", "came later, or were reopened in it, and stayed"),
            .init("added_points", "points", "their points"),
            .init("removed_items", "items", "committed and not in it at its end"),
            .init("removed_points", "points", "their points"),
            .init("completed_items", "items", "in it and done at its end"), .init("velocity_points", "points", "their points"),
            .init("completion", "share", "of the items in it at its end, those done"),
            .init("carried_over_items", "items", "in it at its end and not done"),
            .init("carried_over_points", "points", "their points"),
        ],
        groupings: [.none],
        takesPeriods: false,
        filters: [.project, .team, .sprint]
    )

    static let burndown = Self(
        .burndown,
        "Burndown of a sprint",
        """
        What a sprint had left at the end of each day (UTC) from its start to its end, by the work items in it at that moment, \
        without those that were done at its start and still then; points are those of today.
        """,
        counts: "work items in the sprint that day",
        figures: [
            .init("remaining_items", "items", "not done at that moment"), .init("remaining_points", "points", "their points"),
            .init("done_items", "items", "done at that moment"), .init("done_points", "points", "their points"),
        ],
        groupings: [.none],
        takesPeriods: false,
        filters: [.sprint, .project, .team]
    )
}
