/// The channels of `GET /ws/progress/{channel}`, each per tenant.
public enum ProgressChannel: String, Sendable, CaseIterable, Codable {
    case vectorization = "Vectorization"
    case github = "GitHub"
    case jira = "Jira"
    case orchestrator = "Orchestrator"
}
