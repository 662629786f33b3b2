public import Foundation

/// An anomaly that is not over, as a progress message shows it.
public struct ProgressAlert: Sendable, Equatable {
    public var id: Int
    public var metric: String
    /// `low`, `medium`, `high` or `critical`.
    public var severity: String
    /// `throughput_drop`, `latency_rise`, `failure_rise`, `cost_rise`.
    public var type: String
    /// `open` or `acknowledged`.
    public var status: String
    /// For a person, one line.
    public var message: String
    public var at: Date

    public init(id: Int, metric: String, severity: String, type: String, status: String, message: String, at: Date) {
        self.id = id
        self.metric = metric
        self.severity = severity
        self.type = type
        self.status = status
        self.message = message
        self.at = at
    }
}
