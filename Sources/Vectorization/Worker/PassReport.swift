import Embedding
public import Foundation
import PulseModel
public import Store

/// What one pass did, in figures.
public struct PassReport: Sendable {
    /// Failures of one kind and source.
    struct Trouble: Sendable {
        var kind: String
        var source: RowFailure.Source?
        var count = 0
        var reason = ""
        var retryAfter: Duration?
        /// Of the rows, some.
        var entities: [UUID] = []
    }

    /// One call of Qdrant.
    struct QdrantCall: Sendable {
        var operation: String
        var seconds: Double
        var points: Int
    }

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
    /// What the provider takes in one request, where it was needed, and how long its vectors are.
    var limits: EmbeddingLimits?
    var dimensions = 0
    /// How much of what the provider takes in one request was used, 0 to 1.
    public var batchFill = 0.0
    public var embeddingSeconds = 0.0
    public var seconds = 0.0
    /// For which reading the rows, looking up their texts and ending the pass waited for the database.
    public var databaseSeconds = 0.0
    /// The longest that the provider or Qdrant asked to wait.
    public var retryAfter: Duration?
    /// By kind, and of each kind one reason.
    public var failures: [String: Int] = [:]
    public var reasons: [String: String] = [:]
    var troubles: [String: Trouble] = [:]
    var calls: [QdrantCall] = []
    /// Rows whose points are in Qdrant.
    var applied: [UUID] = []

    init(tenant: UUID, rows: Int) {
        self.tenant = tenant
        self.rows = rows
    }

    mutating func note(_ verdict: Verdict, of entity: UUID) {
        switch verdict {
        case .applied: self.applied.append(entity)
        case .released: return
        case .unknown(let reason, let wait):
            self.note("unknown_outcome", source: .qdrant, reason: reason, retryAfter: wait, entity: entity)
        case .failed(let failure):
            self.note(
                failure.kind.rawValue,
                source: failure.source,
                reason: failure.reason,
                retryAfter: failure.retryAfter,
                entity: entity
            )
        }
    }

    private mutating func note(
        _ kind: String,
        source: RowFailure.Source?,
        reason: String,
        retryAfter wait: Duration?,
        entity: UUID
    ) {
        self.failures[kind, default: 0] += 1
        self.reasons[kind] = reason
        if let wait { self.retryAfter = max(self.retryAfter ?? wait, wait) }
        let key = "\(kind) \(source?.rawValue ?? "")"
        var trouble = self.troubles[key] ?? Trouble(kind: kind, source: source)
        trouble.count += 1
        trouble.reason = reason
        trouble.retryAfter = wait ?? trouble.retryAfter
        if trouble.entities.count < LearnedFailure.mostSubjects { trouble.entities.append(entity) }
        self.troubles[key] = trouble
    }
}
