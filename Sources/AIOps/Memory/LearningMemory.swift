public import Foundation
public import Logging
public import PulseModel
public import Store

/// Finds failures that are like another, and suggests from what became of them.
///
/// The vectors stand in PostgreSQL beside the failures, and all of a tenant's are compared, exactly: a memory holds each kind of
/// failure once, some hundreds at most. So a failure of Qdrant can be looked up while Qdrant is away, and row-level security keeps
/// tenants apart. A text is embedded when it is compared first; where the provider is what has failed, words stand in for meaning.
public struct LearningMemory: RecoveryAdvising {
    private let store: Store
    private let vectors: @Sendable (_ tenant: UUID) async throws -> FailureVectors
    private let logger: Logger

    /// Compared at most, those seen last.
    private static let most = 1_000
    /// Embedded for one question, at most; the rest is compared by words until the next.
    private static let mostEmbedded = 64
    /// Characters of a text that are compared.
    private static let longest = 600

    /// - Parameter vectors: what a tenant's failures are embedded with.
    public init(
        store: Store,
        logger: Logger,
        vectors: @escaping @Sendable (_ tenant: UUID) async throws -> FailureVectors
    ) {
        self.store = store
        self.logger = logger
        self.vectors = vectors
    }

    public func strategy(errorType: String, service: String, issue: String, tenant: UUID) async throws -> RecoveryStrategy {
        try await self.suggest(errorType: errorType, service: service, issue: issue, tenant: tenant).strategy
    }

    /// - Parameters:
    ///   - errorType: the failure's kind, where it is known.
    ///   - service: who failed; only for the text, and to find the very same failure again.
    ///   - limit: similar failures in the answer, at most; the strategy is taken from all.
    public func suggest(
        errorType: String? = nil,
        service: String? = nil,
        issue: String,
        tenant: UUID,
        limit: Int = 10
    ) async throws -> Suggestion {
        let (all, comparison) = try await self.similar(errorType: errorType, service: service, issue: issue, tenant: tenant)
        let strategy = RecoveryStrategy(
            nature: FailureNature(errorType: errorType, text: issue),
            evidence: all.map { $0.failure.evidence(similarity: $0.similarity) }
        )
        return Suggestion(strategy: strategy, similar: Array(all.prefix(limit)), comparison: comparison)
    }

    /// The whole memory beside a failure, the most similar first.
    private func similar(
        errorType: String?,
        service: String?,
        issue: String,
        tenant: UUID
    ) async throws -> ([SimilarFailure], Suggestion.Comparison) {
        let memory = try await self.store.comparableFailures(tenant: tenant, limit: Self.most)
        guard !memory.isEmpty else { return ([], .meaning) }
        let same = errorType.flatMap { type in
            service.map { LearnedFailure.fingerprint(errorType: type, service: $0, issue: issue) }
        }
        let text = Self.text(errorType: errorType, service: service, issue: issue)
        let known = try await self.known(memory, text: text, tenant: tenant)
        let words = WordSet(text)
        let similar = memory.map { failure -> SimilarFailure in
            // Neither a likeness of meaning nor one of words says as much as the same fingerprint.
            if failure.fingerprint == same { return SimilarFailure(failure: failure, similarity: 1) }
            let likeness =
                if let query = known?.query, let vector = known?.vectors[failure.id] {
                    FailureVectors.cosine(query, vector)
                } else {
                    words.likeness(to: WordSet(Self.text(of: failure)))
                }
            return SimilarFailure(failure: failure, similarity: min(0.99, max(0, likeness)))
        }
        return (
            similar.sorted { ($1.similarity, $0.failure.fingerprint) < ($0.similarity, $1.failure.fingerprint) },
            known == nil ? .words : .meaning
        )
    }

    private struct Known {
        var query: [Float]
        var vectors: [Int: [Float]]
    }

    /// Vectors of the question and of the memory; nil where there can be none now.
    private func known(_ memory: [RememberedFailure], text: String, tenant: UUID) async throws -> Known? {
        let vectors: FailureVectors
        let unknown: [RememberedFailure]
        let embedded: [[Float]]
        do {
            vectors = try await self.vectors(tenant)
            unknown = Array(memory.filter { $0.vector == nil || $0.vectorSpace != vectors.space }.prefix(Self.mostEmbedded))
            embedded = try await vectors.embed([text] + unknown.map(Self.text(of:)))
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            self.logger.debug("failures are compared by words", metadata: ["error": "\(error)"])
            return nil
        }
        guard embedded.count == unknown.count + 1, let query = embedded.first else { return nil }
        let new = Dictionary(zip(unknown.map(\.id), embedded.dropFirst())) { first, _ in first }
        // Kept for the next question; the answer to this one does not depend on it.
        do { try await self.store.saveFailureVectors(new, space: vectors.space, tenant: tenant) } catch {
            self.logger.debug("vectors of failures are not kept", metadata: ["error": "\(error)"])
        }
        var all = new
        for failure in memory where failure.vectorSpace == vectors.space {
            if let vector = failure.vector { all[failure.id] = vector }
        }
        return Known(query: query, vectors: all)
    }

    private static func text(of failure: RememberedFailure) -> String {
        Self.text(errorType: failure.errorType, service: failure.service, issue: failure.issue)
    }

    private static func text(errorType: String?, service: String?, issue: String) -> String {
        let text = RememberedFailure.text(errorType: errorType ?? "", service: service ?? "", issue: issue)
        // Of a question without a kind only the words that there are.
        return String((errorType == nil || service == nil ? issue : text).prefix(Self.longest))
    }
}
