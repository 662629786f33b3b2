public import Foundation
import PulseModel
public import Store

/// What one pass did, in figures.
public struct PassReport: Sendable {
    public var tenant: UUID
    public var rows: Int
    public var summary = FinishSummary()
    /// Distinct texts, and how many of them needed no embedding.
    public var chunks = 0
    public var reused = 0
    public var embedded = 0
    public var tokens = 0
    public var requests = 0
    public var provider: String?
    public var embeddingSeconds = 0.0
    public var qdrantSeconds = 0.0
    public var seconds = 0.0
    /// The longest that the provider or Qdrant asked to wait.
    public var retryAfter: Duration?
    /// By kind, and of each kind one reason.
    public var failures: [String: Int] = [:]
    public var reasons: [String: String] = [:]

    init(tenant: UUID, rows: Int) {
        self.tenant = tenant
        self.rows = rows
    }

    mutating func note(_ verdict: Verdict) {
        switch verdict {
        case .applied, .released:
            return
        case .unknown(let reason):
            self.failures["unknown_outcome", default: 0] += 1
            self.reasons["unknown_outcome"] = reason
        case .failed(let failure):
            self.failures[failure.kind.rawValue, default: 0] += 1
            self.reasons[failure.kind.rawValue] = failure.reason
            if let wait = failure.retryAfter { self.retryAfter = max(self.retryAfter ?? wait, wait) }
        }
    }

    /// What the pass has to say to the AI performance metrics.
    func measurements(run: UUID?) -> [PerformanceMeasurement] {
        let service = "vectorization"
        let labels = self.provider.map { ["provider": $0] } ?? [:]
        var all = [
            PerformanceMeasurement("vectorization_rows", Double(self.rows), unit: "rows", service: service, run: run),
            PerformanceMeasurement("vectorization_pass_seconds", self.seconds, unit: "s", service: service, run: run),
            PerformanceMeasurement("embedding_cache_hits", Double(self.reused), unit: "chunks", service: service, run: run),
            PerformanceMeasurement("qdrant_write_seconds", self.qdrantSeconds, unit: "s", service: service, run: run),
        ]
        if self.embedded > 0 {
            all += [
                PerformanceMeasurement(
                    "embedding_texts",
                    Double(self.embedded),
                    unit: "chunks",
                    service: service,
                    run: run,
                    labels: labels
                ),
                PerformanceMeasurement(
                    "embedding_tokens",
                    Double(self.tokens),
                    unit: "tokens",
                    service: service,
                    run: run,
                    labels: labels
                ),
                PerformanceMeasurement(
                    "embedding_requests",
                    Double(self.requests),
                    unit: "requests",
                    service: service,
                    run: run,
                    labels: labels
                ),
                PerformanceMeasurement(
                    "embedding_latency",
                    self.embeddingSeconds * 1_000 / Double(max(1, self.requests)),
                    unit: "ms",
                    service: service,
                    run: run,
                    labels: labels
                ),
                PerformanceMeasurement(
                    "embedding_rate",
                    Double(self.embedded) / max(self.embeddingSeconds, 1e-6),
                    unit: "chunks/s",
                    service: service,
                    run: run,
                    labels: labels
                ),
            ]
        }
        for (kind, count) in self.failures.sorted(by: { $0.key < $1.key }) {
            all.append(
                PerformanceMeasurement(
                    "vectorization_failures",
                    Double(count),
                    unit: "rows",
                    service: service,
                    run: run,
                    labels: ["kind": kind]
                )
            )
        }
        return all
    }
}
