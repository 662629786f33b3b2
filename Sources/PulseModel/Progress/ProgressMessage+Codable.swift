import Foundation

/// The JSON of the progress channel: one flat object with a `type`.
extension ProgressMessage: Codable {
    private enum Keys: String, CodingKey {
        case type
        case jobName = "job_name"
        case channel
        case runID = "run_id"
        case at
        case total
        case progress
        case operation
        case processed
        case failed
        case rate
        case etaSeconds = "eta_seconds"
        case aiMetrics = "ai_metrics"
        case aiAlerts = "ai_alerts"
        case durationSeconds = "duration_seconds"
        case summary
        case errorKind = "error_kind"
        case errorMessage = "error_message"
        case retryAt = "retry_at"
    }

    /// The mission's four keys; null until something real stands behind them.
    private enum MetricKeys: String, CodingKey {
        case dataQualityScore = "data_quality_score"
        case anomaliesDetected = "anomalies_detected"
        case predictionsGenerated = "ml_predictions_generated"
        case embeddingRate = "embedding_generation_rate"
    }

    /// An alert whose time is written as every other of a message.
    private struct Alert: Codable {
        var id: Int
        var metric: String
        var severity: String
        var type: String
        var status: String
        var message: String
        var at: String

        init(_ alert: ProgressAlert) {
            self.id = alert.id
            self.metric = alert.metric
            self.severity = alert.severity
            self.type = alert.type
            self.status = alert.status
            self.message = alert.message
            self.at = ProgressMessage.text(of: alert.at)
        }

        func alert(in container: KeyedDecodingContainer<Keys>) throws -> ProgressAlert {
            guard let date = try? Date(self.at, strategy: ProgressMessage.dates) else {
                throw DecodingError.dataCorruptedError(
                    forKey: .aiAlerts,
                    in: container,
                    debugDescription: "no ISO 8601 date: \(self.at)"
                )
            }
            return ProgressAlert(
                id: self.id,
                metric: self.metric,
                severity: self.severity,
                type: self.type,
                status: self.status,
                message: self.message,
                at: date
            )
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Keys.self)
        func encode(_ type: String, _ run: RunReference) throws {
            try container.encode(type, forKey: .type)
            try container.encode(run.jobName, forKey: .jobName)
            try container.encode(run.channel, forKey: .channel)
            try container.encode(run.runID.uuidString.lowercased(), forKey: .runID)
            try container.encode(Self.text(of: run.at), forKey: .at)
        }
        switch self {
        case .started(let message):
            try encode("job_started", message.run)
            try container.encodeIfPresent(message.total, forKey: .total)
        case .progress(let message):
            try encode("job_progress", message.run)
            try container.encode(message.progress, forKey: .progress)
            try container.encode(message.operation, forKey: .operation)
            try container.encode(message.processed, forKey: .processed)
            try container.encode(message.total, forKey: .total)
            try container.encode(message.failed, forKey: .failed)
            try container.encode(message.rate, forKey: .rate)
            try container.encode(message.etaSeconds, forKey: .etaSeconds)
            var metrics = container.nestedContainer(keyedBy: MetricKeys.self, forKey: .aiMetrics)
            try metrics.encode(message.ai.dataQualityScore, forKey: .dataQualityScore)
            try metrics.encode(message.ai.anomaliesDetected, forKey: .anomaliesDetected)
            try metrics.encode(message.ai.predictionsGenerated, forKey: .predictionsGenerated)
            try metrics.encode(message.embeddingRate, forKey: .embeddingRate)
            try container.encode(message.ai.alerts.map(Alert.init), forKey: .aiAlerts)
        case .completed(let message):
            try encode("job_completed", message.run)
            try container.encode(message.processed, forKey: .processed)
            try container.encode(message.failed, forKey: .failed)
            try container.encode(message.durationSeconds, forKey: .durationSeconds)
            try container.encode(message.summary, forKey: .summary)
        case .failed(let message):
            try encode("job_error", message.run)
            try container.encode(message.kind, forKey: .errorKind)
            try container.encode(message.message, forKey: .errorMessage)
            try container.encodeIfPresent(message.retryAt.map(Self.text), forKey: .retryAt)
        }
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Keys.self)
        func date(_ key: Keys) throws -> Date {
            let text = try container.decode(String.self, forKey: key)
            guard let date = try? Date(text, strategy: Self.dates) else {
                throw DecodingError.dataCorruptedError(forKey: key, in: container, debugDescription: "no ISO 8601 date: \(text)")
            }
            return date
        }
        let run = RunReference(
            jobName: try container.decode(String.self, forKey: .jobName),
            channel: try container.decode(ProgressChannel.self, forKey: .channel),
            runID: try container.decode(UUID.self, forKey: .runID),
            at: try date(.at)
        )
        switch try container.decode(String.self, forKey: .type) {
        case "job_started":
            self = .started(JobStarted(run: run, total: try container.decodeIfPresent(Int.self, forKey: .total)))
        case "job_progress":
            let metrics = try container.nestedContainer(keyedBy: MetricKeys.self, forKey: .aiMetrics)
            self = .progress(
                JobProgress(
                    run: run,
                    progress: try container.decode(Double.self, forKey: .progress),
                    operation: try container.decode(String.self, forKey: .operation),
                    processed: try container.decode(Int.self, forKey: .processed),
                    total: try container.decode(Int.self, forKey: .total),
                    failed: try container.decode(Int.self, forKey: .failed),
                    rate: try container.decode(Double.self, forKey: .rate),
                    etaSeconds: try container.decodeIfPresent(Double.self, forKey: .etaSeconds),
                    embeddingRate: try metrics.decodeIfPresent(Double.self, forKey: .embeddingRate),
                    ai: AIStatus(
                        dataQualityScore: try metrics.decodeIfPresent(Double.self, forKey: .dataQualityScore),
                        anomaliesDetected: try metrics.decodeIfPresent(Int.self, forKey: .anomaliesDetected),
                        predictionsGenerated: try metrics.decodeIfPresent(Int.self, forKey: .predictionsGenerated),
                        alerts: try container.decode([Alert].self, forKey: .aiAlerts).map { try $0.alert(in: container) }
                    )
                )
            )
        case "job_completed":
            self = .completed(
                JobCompleted(
                    run: run,
                    processed: try container.decode(Int.self, forKey: .processed),
                    failed: try container.decode(Int.self, forKey: .failed),
                    durationSeconds: try container.decode(Double.self, forKey: .durationSeconds),
                    summary: try container.decode(String.self, forKey: .summary)
                )
            )
        case "job_error":
            self = .failed(
                JobError(
                    run: run,
                    kind: try container.decode(String.self, forKey: .errorKind),
                    message: try container.decode(String.self, forKey: .errorMessage),
                    retryAt: container.contains(.retryAt) ? try date(.retryAt) : nil
                )
            )
        case let other:
            throw DecodingError.dataCorruptedError(forKey: .type, in: container, debugDescription: "unknown type \(other)")
        }
    }

    private static let dates = Date.ISO8601FormatStyle(includingFractionalSeconds: true)

    private static func text(of date: Date) -> String { date.formatted(Self.dates) }
}
