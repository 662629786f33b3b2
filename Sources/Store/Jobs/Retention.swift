/// How long things are kept that nothing needs any more but people who look back.
public struct Retention: Sendable, Equatable {
    /// Measurements; then one row an hour and series is left of them.
    public var measurements = Duration.seconds(14 * 86_400)
    public var metricHours = Duration.seconds(400 * 86_400)
    /// Starts, completions and errors of the progress channels.
    public var events = Duration.seconds(30 * 86_400)
    public var runs = Duration.seconds(90 * 86_400)
    /// Records that could not be taken, since they were seen last.
    public var rejectedRecords = Duration.seconds(90 * 86_400)
    /// Fetched objects; nil keeps all, so that extraction can be replayed.
    public var rawRecords: Duration?
    /// Deliveries of webhooks, by whose ids a repeated one is known. GitHub repeats one for three days
    /// ("Redelivering webhooks", docs.github.com), Jira within hours.
    public var deliveries = Duration.seconds(30 * 86_400)
    /// Since they were resolved.
    public var anomalies = Duration.seconds(365 * 86_400)
    /// Failures that are over, since they were seen last.
    public var memory = Duration.seconds(365 * 86_400)

    public init() {}
}
