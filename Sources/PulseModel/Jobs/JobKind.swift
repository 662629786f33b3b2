/// The jobs that there are; each tenant has one of each, or one an integration.
public enum JobKind: String, Sendable, CaseIterable, Codable {
    case github = "github_job"
    case jira = "jira_job"
    /// Mirrors what the vectorization workers do; no orchestrator runs it.
    case vectorization = "vectorization_job"
    case sleep = "sleep_job"

    /// Where clients follow it.
    public var channel: ProgressChannel {
        switch self {
        case .github: .github
        case .jira: .jira
        case .vectorization: .vectorization
        case .sleep: .orchestrator
        }
    }

    /// How soon after transient errors it is tried again at the latest, as long as few have followed each other.
    public var fastRecovery: Duration {
        switch self {
        case .github: .seconds(30 * 60)
        case .jira: .seconds(60 * 60)
        case .vectorization, .sleep: .seconds(15 * 60)
        }
    }

    /// What it is about, for the learning memory.
    public var intent: String {
        switch self {
        case .github: "bring what is new from GitHub"
        case .jira: "bring what is new from Jira"
        case .vectorization: "index rows of the queue"
        case .sleep: "keep the service in order"
        }
    }
}
