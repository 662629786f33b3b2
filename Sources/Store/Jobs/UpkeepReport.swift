/// What clearing came to, in rows.
public struct UpkeepReport: Sendable, Equatable, CustomStringConvertible {
    public var measurements = 0
    public var events = 0
    public var runs = 0
    public var rejectedRecords = 0
    public var rawRecords = 0
    /// Of webhooks.
    public var deliveries = 0
    public var anomalies = 0
    public var memories = 0
    /// Kept for repeated requests.
    public var answers = 0

    public init() {}

    private var parts: [(count: Int, name: String)] {
        [
            (self.measurements, "measurements"), (self.events, "progress messages"), (self.runs, "runs"),
            (self.rejectedRecords, "rejected records"), (self.rawRecords, "raw records"),
            (self.deliveries, "deliveries of webhooks"), (self.anomalies, "anomalies"),
            (self.memories, "remembered failures"), (self.answers, "answers to repeated requests"),
        ]
    }

    public var total: Int { self.parts.reduce(0) { $0 + $1.count } }

    public var description: String {
        self.parts.filter { $0.count > 0 }.map { "\($0.count) \($0.name)" }.joined(separator: ", ") + " cleared"
    }
}
