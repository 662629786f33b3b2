/// What is measured of the AI's work, by its name in `ai_performance_metrics`.
public enum PerformanceMetric: String, Sendable, CaseIterable {
    /// Of one request, on average over a pass. Labels: `provider`, `task`, `size`.
    case embeddingLatency = "embedding_latency"
    /// Labels: `provider`, `size`.
    case embeddingRate = "embedding_rate"
    case embeddingTexts = "embedding_texts"
    case embeddingRequests = "embedding_requests"
    /// Labels: `provider`, `task`.
    case embeddingTokens = "embedding_tokens"
    /// By the price in the provider's file; absent where that names none.
    case embeddingCost = "embedding_cost"
    /// How much of what the provider takes in one request was used: 1 is all of it.
    case embeddingBatchFill = "embedding_batch_fill"
    /// Texts whose vector was at hand already.
    case embeddingCacheHits = "embedding_cache_hits"
    /// Rows that wait or are worked off.
    case queueDepth = "queue_depth"
    /// How long the row that waits longest has been claimable.
    case queueLag = "queue_lag"
    /// Labels: `operation` (upsert, delete, search), `size`.
    case qdrantLatency = "qdrant_latency"
    /// Label: `mode`.
    case searchLatency = "search_latency"
    /// Answers that lacked a half.
    case searchDegraded = "search_degraded"
    /// Label: `kind`.
    case searchFailures = "search_failures"
    case vectorizationRows = "vectorization_rows"
    case vectorizationPassSeconds = "vectorization_pass_seconds"
    /// Label: `size`.
    case vectorizationRate = "vectorization_rate"
    /// Label: `kind`.
    case vectorizationFailures = "vectorization_failures"
    /// Of a pass: the share of its rows that failed.
    case vectorizationFailureRate = "vectorization_failure_rate"
    /// Labels: `job`, `kind`.
    case jobFailures = "job_failures"
    /// 0 to 100, of an integration's rows after a synchronization. Label: `integration`.
    case dataQualityScore = "data_quality_score"
    /// Measurements that were thrown away while the database was away.
    case measurementsDropped = "measurements_dropped"

    public var unit: String {
        switch self {
        case .embeddingLatency, .qdrantLatency, .searchLatency: "ms"
        case .embeddingRate: "texts/s"
        case .embeddingTexts, .embeddingCacheHits: "texts"
        case .embeddingRequests: "requests"
        case .embeddingTokens: "tokens"
        case .embeddingCost: "USD"
        case .embeddingBatchFill, .vectorizationFailureRate: "1"
        case .queueDepth, .vectorizationRows, .vectorizationFailures: "rows"
        case .queueLag, .vectorizationPassSeconds: "s"
        case .dataQualityScore: "points"
        case .searchDegraded: "answers"
        case .searchFailures: "searches"
        case .vectorizationRate: "rows/s"
        case .jobFailures: "runs"
        case .measurementsDropped: "measurements"
        }
    }

    /// Whether measurements add up: two of one moment may be kept as their sum. Of the others each says something by itself.
    public var isCounter: Bool {
        switch self {
        case .embeddingTexts, .embeddingRequests, .embeddingTokens, .embeddingCost, .embeddingCacheHits, .searchDegraded,
            .searchFailures, .vectorizationRows, .vectorizationFailures, .jobFailures, .measurementsDropped:
            true
        case .embeddingLatency, .embeddingRate, .embeddingBatchFill, .queueDepth, .queueLag, .qdrantLatency, .searchLatency,
            .vectorizationPassSeconds, .vectorizationRate, .vectorizationFailureRate, .dataQualityScore:
            false
        }
    }

    /// The class of a batch's size. A request of one text and one of a hundred take different times by nature, so that only
    /// measurements of one class are compared.
    public static func sizeClass(_ count: Int) -> String {
        switch count {
        case ...1: "1"
        case ...8: "2-8"
        case ...32: "9-32"
        default: "33+"
        }
    }
}
