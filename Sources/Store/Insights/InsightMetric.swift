/// What can be measured over issues, sprints, pull requests and deployments; each is one SQL statement.
public enum InsightMetric: String, Sendable, CaseIterable, Codable {
    case leadTimeForChanges = "lead-time-for-changes"
    case deploymentFrequency = "deployment-frequency"
    case changeFailureRate = "change-failure-rate"
    case timeToRestore = "time-to-restore"
    case cycleTime = "cycle-time"
    case throughput
    case timeInStatus = "time-in-status"
    case workInProgress = "work-in-progress"
    case sprints
    case burndown
    case timeToFirstReview = "time-to-first-review"
    case reviewLoad = "review-load"
    case pullRequestSize = "pull-request-size"

    var sql: String {
        switch self {
        case .leadTimeForChanges: InsightSQL.leadTimeForChanges
        case .deploymentFrequency: InsightSQL.deploymentFrequency
        case .changeFailureRate: InsightSQL.changeFailureRate
        case .timeToRestore: InsightSQL.timeToRestore
        case .cycleTime: InsightSQL.cycleTime
        case .throughput: InsightSQL.throughput
        case .timeInStatus: InsightSQL.timeInStatus
        case .workInProgress: InsightSQL.workInProgress
        case .sprints: InsightSQL.sprints
        case .burndown: InsightSQL.burndown
        case .timeToFirstReview: InsightSQL.timeToFirstReview
        case .reviewLoad: InsightSQL.reviewLoad
        case .pullRequestSize: InsightSQL.pullRequestSize
        }
    }
}
