import Embedding
import Foundation
import Logging
import PulseModel
import Qdrant
import Resilience
import Store

/// What became of the rows of a pass, and what a failure means to them.
extension PassDriver {
    /// Rows that fail by themselves come back after 5 s, 10 s, 20 s … 15 min.
    static let backoff = Backoff(base: .seconds(5), maximum: .seconds(900))

    /// However long a provider or Qdrant asks to be left alone: a provider is looked at again as often as its budget is.
    static let longestWait = Duration.seconds(3600)

    func finished(_ row: ClaimedRow, verdict: Verdict, work: Work) -> FinishedPass {
        let delay = Self.delay(after: verdict, attempts: row.attempts)
        guard verdict == .applied, let scope = work.scope, let entity = work.documents[row.entity] else {
            return FinishedPass(row: row, verdict: verdict, delay: delay)
        }
        return FinishedPass(
            row: row,
            verdict: verdict,
            space: WrittenSpace(name: scope.space.space, collection: scope.space.collection),
            chunks: entity.hashes.enumerated().map { WrittenChunk(number: $0, hash: $1) },
            documentVersion: entity.row.documentVersion
        )
    }

    /// How long a row waits after a pass, where it comes back.
    static func delay(after verdict: Verdict, attempts: Int) -> Duration {
        switch verdict {
        case .applied, .released: .zero
        case .unknown(_, let wait): max(Self.delay(of: .unavailable, attempts: attempts), Self.obeyed(wait ?? .zero))
        case .failed(let failure): failure.retryAfter.map(Self.obeyed) ?? Self.delay(of: failure.kind, attempts: attempts)
        }
    }

    private static func obeyed(_ wait: Duration) -> Duration { min(wait, Self.longestWait) }

    private static func delay(of kind: FailureKind, attempts: Int) -> Duration {
        switch kind {
        case .transient, .content, .crash: Self.backoff.delay(after: attempts + 1, random: .random(in: 0..<1))
        // The worker itself rests from a tenant whose rows all fail; these only spread the rows.
        case .rateLimited, .unavailable: .seconds(.random(in: 5..<10))
        case .configuration: .seconds(.random(in: 120..<180))
        }
    }

    /// What a write came to that was answered with an error, or not at all.
    ///
    /// - Parameter isDeletion: a deletion holds nothing that could be wrong with one row.
    static func outcome(of error: any Error, isDeletion: Bool) -> VectorizationPass.WriteOutcome {
        guard let error = error as? QdrantError, error.kind != .unknownOutcome else {
            let error = error as? QdrantError
            return .unknown(reason: error?.publicDescription ?? "it was stopped", retryAfter: error?.retryAfter)
        }
        var failure = Self.failure(of: error)
        if isDeletion, failure.kind == .content { failure.kind = .configuration }
        return .failed(failure)
    }

    /// What the failures of texts mean to the rows whose texts they are.
    ///
    /// Where no text of several rows could be embedded it is no row's doing, unless the provider took another one meanwhile.
    ///
    /// - Parameters:
    ///   - texts: of each row, in order.
    ///   - areAll: whether no text at all could be embedded.
    static func failures(
        of entities: [UUID],
        texts: [UUID: [ContentHash]],
        errors: [ContentHash: EmbeddingError],
        areAll: Bool
    ) -> [UUID: RowFailure] {
        var causes: [UUID: EmbeddingError] = [:]
        for entity in entities { causes[entity] = texts[entity]?.lazy.compactMap { errors[$0] }.first }
        let isAway = areAll && causes.count > 1
        return causes.mapValues { error in
            var failure = Self.failure(of: error)
            if isAway, failure.kind == .transient, !error.othersAreTaken { failure.kind = .unavailable }
            return failure
        }
    }

    /// What a failure means to a row. The reason is shown to whoever may look at the tenant: what names the installation's hosts, or
    /// statements, stays in the log.
    static func failure(of error: any Error) -> RowFailure {
        switch error {
        case let error as EmbeddingError:
            switch error.kind {
            // Nobody was asked: no row has had its try. The reason is what the provider said when it was asked.
            case .transient where error.isLeftAlone:
                RowFailure(
                    .unavailable,
                    error.publicCause ?? error.publicDescription,
                    retryAfter: error.retryAfter,
                    source: .provider
                )
            case .invalidAnswer where error.isOfEveryText:
                RowFailure(.unavailable, error.publicDescription, retryAfter: error.retryAfter, source: .provider)
            case .transient, .invalidAnswer:
                RowFailure(.transient, error.publicDescription, retryAfter: error.retryAfter, source: .provider)
            case .rateLimited: RowFailure(.rateLimited, error.publicDescription, retryAfter: error.retryAfter, source: .provider)
            case .configuration: RowFailure(.configuration, error.publicDescription, source: .provider)
            case .splittable, .content: RowFailure(.content, error.publicDescription, source: .provider)
            }
        case let error as QdrantError:
            switch error.kind {
            case .unauthorized: RowFailure(.configuration, error.publicDescription, source: .qdrant)
            case .rejected: RowFailure(error.isAboutPoints ? .content : .configuration, error.publicDescription, source: .qdrant)
            case .rateLimited: RowFailure(.rateLimited, error.publicDescription, retryAfter: error.retryAfter, source: .qdrant)
            case .unreachable, .notFound, .unavailable, .unknownOutcome, .invalidAnswer:
                RowFailure(.unavailable, error.publicDescription, retryAfter: error.retryAfter, source: .qdrant)
            }
        default:
            RowFailure(.unavailable, FailureText.ofDatabase, source: .database)
        }
    }

    /// Writes all of an error's text into the log, where a row does not show it.
    func log(_ error: any Error, tenant: UUID) {
        let text = (error as? EmbeddingError)?.cause ?? "\(error)"
        guard !Task.isCancelled, text != Self.failure(of: error).reason else { return }
        self.logger.warning(
            "rows could not be indexed",
            metadata: ["tenant": "\(tenant.uuidString.lowercased())", "error": "\(text)"]
        )
    }
}
