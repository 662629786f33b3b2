import Foundation
import PulseModel

extension PassReport {
    static let service = "vectorization"

    /// What the pass has to say to the AI performance metrics.
    func measurements(run: UUID?, service: String = PassReport.service) -> [PerformanceMeasurement] {
        func measured(_ metric: PerformanceMetric, _ value: Double, _ labels: [String: String] = [:]) -> PerformanceMeasurement {
            PerformanceMeasurement(metric, value, service: service, run: run, labels: labels)
        }
        var all = [
            measured(.vectorizationRows, Double(self.rows)),
            measured(.vectorizationPassSeconds, self.seconds),
            measured(.embeddingCacheHits, Double(self.reused)),
        ]
        let failed = self.failures.values.reduce(0, +)
        if self.rows > 0, !self.isReleased { all.append(measured(.vectorizationFailureRate, Double(failed) / Double(self.rows))) }
        if self.summary.done > 0, self.seconds > 0 {
            let size = PerformanceMetric.sizeClass(self.summary.done)
            all.append(measured(.vectorizationRate, Double(self.summary.done) / self.seconds, ["size": size]))
        }
        for call in self.calls {
            let labels = ["operation": call.operation, "size": PerformanceMetric.sizeClass(call.points)]
            all.append(measured(.qdrantLatency, call.seconds * 1_000, labels))
        }
        // Requests that brought nothing are among them: an outage shows in how long they take.
        if self.requests > 0 || self.embedded > 0 { all += self.embeddingMeasurements(measured) }
        for (kind, count) in self.failures.sorted(by: { $0.key < $1.key }) {
            all.append(measured(.vectorizationFailures, Double(count), ["kind": kind]))
        }
        return all
    }

    private func embeddingMeasurements(
        _ measured: (PerformanceMetric, Double, [String: String]) -> PerformanceMeasurement
    ) -> [PerformanceMeasurement] {
        let requests = Double(max(1, self.requests))
        var labels = self.provider.map { ["provider": $0] } ?? [:]
        let size = PerformanceMetric.sizeClass(Int((Double(self.embedded) / requests).rounded()))
        var all = [measured(.embeddingRequests, Double(self.requests), labels)]
        if self.embedded > 0 {
            all += [
                measured(.embeddingTexts, Double(self.embedded), labels),
                measured(.embeddingBatchFill, self.batchFill, labels),
                measured(.embeddingTokens, Double(self.tokens), labels.merging(["task": "document"]) { $1 }),
            ]
        }
        labels["size"] = size
        if self.embedded > 0 {
            all.append(measured(.embeddingRate, Double(self.embedded) / max(self.embeddingSeconds, 1e-6), labels))
        }
        labels["task"] = "document"
        all.append(measured(.embeddingLatency, self.embeddingSeconds * 1_000 / requests, labels))
        return all
    }

    /// Whether the pass gave its rows back without having tried them.
    private var isReleased: Bool { self.applied.isEmpty && self.failures.isEmpty }

    /// What the learning memory is to keep.
    var learned: [LearnedFailure] {
        self.troubles.sorted { $0.key < $1.key }.map { _, trouble in
            LearnedFailure(
                errorType: trouble.kind,
                service: self.service(of: trouble.source),
                intent: JobKind.vectorization.intent,
                failedQuery: "a batch of \(self.rows) rows",
                issue: trouble.reason,
                occurrences: trouble.count,
                subjects: self.subjects(of: trouble),
                attempts: [
                    LearnedFailure.Attempt(
                        action: trouble.kind == FailureKind.content.rawValue ? "wait" : "retry",
                        after: trouble.kind == FailureKind.content.rawValue ? nil : trouble.retryAfter?.inSeconds,
                        reason: trouble.kind == FailureKind.content.rawValue
                            ? "the rows stand with the failed until they change or somebody requeues them"
                            : trouble.retryAfter == nil
                                ? "the rows come back after the queue's own delay" : "as long as was asked for"
                    )
                ]
            )
        }
    }

    private func service(of source: RowFailure.Source?) -> String {
        switch source {
        case .provider: self.provider ?? "provider"
        case .qdrant: "qdrant"
        case .database: "postgresql"
        case nil: Self.service
        }
    }

    /// What is wrong with single rows is over when these go through; what is wrong with a part, when that part works.
    private func subjects(of trouble: Trouble) -> [String] {
        let isRows = [FailureKind.content, .crash].contains { $0.rawValue == trouble.kind }
        guard !isRows else { return trouble.entities.map(LearnedFailure.subject(ofRow:)) }
        return switch trouble.source {
        case .provider: [LearnedFailure.subject(ofProvider: self.provider ?? "")]
        case .qdrant: [LearnedFailure.qdrantSubject]
        case .database: [LearnedFailure.databaseSubject]
        case nil: trouble.entities.map(LearnedFailure.subject(ofRow:))
        }
    }

    /// What has worked.
    var successes: [String] {
        var subjects: [String] = []
        if self.embedded > 0, let provider = self.provider { subjects.append(LearnedFailure.subject(ofProvider: provider)) }
        if !self.calls.isEmpty, !self.applied.isEmpty { subjects.append(LearnedFailure.qdrantSubject) }
        subjects.append(LearnedFailure.databaseSubject)
        return subjects
    }
}
