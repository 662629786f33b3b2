import Foundation
import PulseModel

/// Measures one search. What it has to say costs the search a few entries in a buffer.
struct SearchMeter: Sendable {
    private let mode: SearchRequest.Mode
    private let recorder: any OperationsRecording
    private let tenant: UUID
    private let started = ContinuousClock.now

    private static let service = "search"

    init(mode: SearchRequest.Mode, recorder: any OperationsRecording, tenant: UUID) {
        self.mode = mode
        self.recorder = recorder
        self.tenant = tenant
    }

    /// The query has its vector.
    func embedded(by provider: String, seconds: Double, tokens: Int) {
        self.record([
            PerformanceMeasurement(
                .embeddingLatency,
                seconds * 1_000,
                service: Self.service,
                labels: ["provider": provider, "task": "query", "size": PerformanceMetric.sizeClass(1)]
            ),
            PerformanceMeasurement(
                .embeddingTokens,
                Double(tokens),
                service: Self.service,
                labels: ["provider": provider, "task": "query"]
            ),
        ])
        self.recorder.recordSuccess(of: [LearnedFailure.subject(ofProvider: provider)], tenant: self.tenant)
    }

    /// Qdrant has answered all that it was asked.
    func found(seconds: Double) {
        self.record([
            PerformanceMeasurement(.qdrantLatency, seconds * 1_000, service: Self.service, labels: ["operation": "search"])
        ])
    }

    func answered(isDegraded: Bool) {
        let seconds = (ContinuousClock.now - self.started) / .seconds(1)
        var measurements = [
            PerformanceMeasurement(
                .searchLatency,
                seconds * 1_000,
                service: Self.service,
                labels: ["mode": self.mode.rawValue]
            )
        ]
        if isDegraded { measurements.append(PerformanceMeasurement(.searchDegraded, 1, service: Self.service)) }
        self.record(measurements)
        self.recorder.recordSuccess(of: [self.subject], tenant: self.tenant)
    }

    /// A wrong question is no failure of the search.
    func failed(_ error: SearchError) {
        guard case .unavailable(let reason) = error else { return }
        self.record([PerformanceMeasurement(.searchFailures, 1, service: Self.service, labels: ["kind": "unavailable"])])
        self.recorder.record(
            LearnedFailure(
                errorType: "unavailable",
                service: Self.service,
                intent: "answer a search",
                failedQuery: "a \(self.mode.rawValue) search",
                issue: reason,
                subjects: [self.subject]
            ),
            tenant: self.tenant
        )
    }

    /// What the learning memory knows such searches by.
    private var subject: String { "search:\(self.mode.rawValue)" }

    private func record(_ measurements: [PerformanceMeasurement]) {
        self.recorder.record(measurements, tenant: self.tenant)
    }
}
