/// What AI operations have to say while a job runs.
public struct AIStatus: Sendable, Equatable {
    /// 0 to 100: of the tenant's data, as it was last assessed after a synchronization. Before the first assessment, the share of the
    /// records that the run has met which was good; nil before the first record.
    public var dataQualityScore: Double?
    /// Anomalies of the tenant that are not over.
    public var anomaliesDetected: Int?
    /// Since the run began; nil where nothing predicts.
    public var predictionsGenerated: Int?
    /// The gravest first.
    public var alerts: [ProgressAlert]

    public init(
        dataQualityScore: Double? = nil,
        anomaliesDetected: Int? = nil,
        predictionsGenerated: Int? = nil,
        alerts: [ProgressAlert] = []
    ) {
        self.dataQualityScore = dataQualityScore
        self.anomaliesDetected = anomaliesDetected
        self.predictionsGenerated = predictionsGenerated
        self.alerts = alerts
    }
}
