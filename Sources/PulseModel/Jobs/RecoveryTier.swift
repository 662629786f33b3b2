/// How long a failed job rests.
public enum RecoveryTier: String, Sendable, CaseIterable, Codable {
    /// 5 to 30 minutes (an hour for Jira): a transient error.
    case fast
    /// 1 to 4 hours: trouble that has outlasted the retries.
    case standard
    /// 24 hours: an outage.
    case extended
    /// Until a person has mended the cause and starts it by force.
    case manual
}
