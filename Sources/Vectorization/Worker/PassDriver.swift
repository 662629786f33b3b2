import Embedding
import Foundation
import Logging
import PulseModel
import Qdrant
import Resilience
import Store

/// Drives one pass over one tenant's rows of a claim: PostgreSQL, provider and Qdrant on the one side, the pure machine on the other.
struct PassDriver: Sendable {
    let store: Store
    let indexes: TenantIndexes
    let policy: QueuePolicy
    let lease: Lease
    /// The space that is built, for a pass of copies; nil for one of the queue, which writes the live space.
    var building: TenantSpace?
    let logger: Logger

    /// Rows that fail by themselves come back after 5 s, 10 s, 20 s … 15 min.
    static let backoff = Backoff(base: .seconds(5), maximum: .seconds(900))
    /// Of a database that restarts.
    static let databaseBackoff = Backoff(base: .milliseconds(200), maximum: .seconds(3))

    /// Works the rows off and completes them.
    ///
    /// - Throws: what keeps the end of the pass from being written down; the rows then wait for their lease to run out.
    func run(_ rows: [ClaimedRow], tenant: UUID) async throws -> PassReport {
        let started = ContinuousClock.now
        var report = PassReport(tenant: tenant, rows: rows.count)
        var pass = VectorizationPass(rows: rows, leaseEnds: self.lease.ends)
        var work = Work()
        stepping: while true {
            if Task.isCancelled { pass.release() }
            self.lease.inform(&pass)
            switch pass.next(now: Lease.now()) {
            case .read:
                do {
                    work = try await self.read(rows, tenant: tenant)
                    pass.read(present: Set(work.rows.keys))
                } catch {
                    if Task.isCancelled { pass.release() } else { pass.failedBeforeWriting(Self.failure(of: error)) }
                }
            case .embed(let entities):
                do {
                    pass.embedded(failures: try await self.embed(entities, work: &work, report: &report))
                } catch {
                    if Task.isCancelled {
                        pass.release()
                    } else {
                        // What is gone needs no vectors: it is deleted all the same.
                        let failure = Self.failure(of: error)
                        pass.embedded(failures: Dictionary(uniqueKeysWithValues: entities.map { ($0, failure) }))
                    }
                }
            case .upsert(let entities):
                let before = ContinuousClock.now
                pass.upserted(await self.upsert(entities, work: work, fence: pass.fence))
                report.qdrantSeconds += (ContinuousClock.now - before).seconds
            case .sweep(let present, let absent):
                let before = ContinuousClock.now
                pass.swept(await self.sweep(present: present, absent: absent, work: work, fence: pass.fence))
                report.qdrantSeconds += (ContinuousClock.now - before).seconds
            case .finish:
                break stepping
            }
        }
        let finished = pass.verdicts.map { self.finished($0.row, verdict: $0.verdict, work: work) }
        for pass in finished { report.note(pass.verdict) }
        report.summary = try await self.finish(finished, work: work, tenant: tenant)
        // Not to be written to the space that the tenant has left once more.
        if report.summary.hasMoved { await self.indexes.forget(tenant: tenant) }
        report.seconds = (ContinuousClock.now - started).seconds
        return report
    }

    /// What a pass knows of its rows.
    struct Work {
        /// Nil where the tenant never had any points.
        var scope: TenantScope?
        var rows: [UUID: EntityRow] = [:]
        var documents: [UUID: ChunkedEntity] = [:]
        var vectors: [ContentHash: [Float]] = [:]
        /// Entities that an earlier pass may have written without living to note it down.
        var doubtful: Set<UUID> = []
        /// Vectors that this pass has paid for.
        var paid: Set<ContentHash> = []
        /// Vectors that an earlier pass had paid for and could not write.
        var kept: Set<ContentHash> = []
    }

    // MARK: Steps

    private func scope(of tenant: UUID) async throws -> TenantScope? {
        guard let building = self.building else { return try await self.indexes.scope(of: tenant) }
        return await self.indexes.scope(of: tenant, space: building)
    }

    private func index(of tenant: UUID) async throws -> TenantIndex {
        guard let building = self.building else { return try await self.indexes.index(of: tenant) }
        return try await self.indexes.index(of: tenant, in: building)
    }

    private func read(_ rows: [ClaimedRow], tenant: UUID) async throws -> Work {
        var work = Work(scope: try await self.scope(of: tenant))
        work.doubtful = Set(rows.filter { !$0.settled || $0.crashes > 0 }.map(\.entity))
        for (table, rows) in Dictionary(grouping: rows, by: \.table).sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            let documents = try await self.store.documents(tenant: tenant, table: table, entities: rows.map(\.entity))
            for row in documents { work.rows[row.entity] = row }
        }
        return work
    }

    @concurrent
    private static func chunk(_ rows: [EntityRow], chunker: Chunker) async -> [ChunkedEntity] {
        rows.map { ChunkedEntity(row: $0, chunker: chunker) }
    }

    /// Finds a vector for each distinct chunk: in the index where the text is known, else from the provider.
    private func embed(
        _ entities: [UUID],
        work: inout Work,
        report: inout PassReport
    ) async throws -> [UUID: RowFailure] {
        guard !entities.isEmpty else { return [:] }
        let index = try await self.index(of: report.tenant)
        work.scope = index.scope
        for entity in await Self.chunk(entities.compactMap { work.rows[$0] }, chunker: index.chunker) {
            work.documents[entity.row.entity] = entity
        }
        var texts: [ContentHash: String] = [:]
        var order: [ContentHash] = []
        for entity in entities.compactMap({ work.documents[$0] }) {
            for (hash, text) in zip(entity.hashes, entity.texts) where texts.updateValue(text, forKey: hash) == nil {
                order.append(hash)
            }
        }
        report.chunks = order.count
        try await self.findVectors(order, index: index, tenant: report.tenant, work: &work)
        report.reused = work.vectors.count
        let unknown = order.filter { work.vectors[$0] == nil }
        guard !unknown.isEmpty else { return [:] }

        let outcome = try await SplittingEmbedder(provider: index.provider).embed(unknown.compactMap { texts[$0] }, as: .document)
        report.embedded = outcome.results.count
        report.tokens = outcome.tokens
        report.requests = outcome.requests
        report.embeddingSeconds = outcome.seconds
        report.provider = index.provider.id
        var failures: [ContentHash: EmbeddingError] = [:]
        for (hash, result) in zip(unknown, outcome.results) {
            switch result {
            case .success(let vector):
                work.vectors[hash] = vector
                work.paid.insert(hash)
            case .failure(let error): failures[hash] = error
            }
        }
        guard !failures.isEmpty else { return [:] }
        // Where no text at all could be embedded, it is not this row's doing.
        let isAway = failures.count == unknown.count
        var failed: [UUID: RowFailure] = [:]
        for entity in entities {
            guard let hash = work.documents[entity]?.hashes.first(where: { failures[$0] != nil }), let error = failures[hash]
            else { continue }
            var failure = Self.failure(of: error)
            if failure.kind == .transient, isAway, unknown.count > 1 { failure.kind = .unavailable }
            failed[entity] = failure
        }
        return failed
    }

    /// Writes the entities' points. What Qdrant refuses is halved until the culprit stands alone.
    private func upsert(
        _ entities: [UUID],
        work: Work,
        fence: Int64
    ) async -> [UUID: VectorizationPass.WriteOutcome] {
        guard let scope = work.scope else { return [:] }
        let (lease, ends) = (self.lease, self.lease.ends)
        do {
            let points = await Self.points(of: entities, work: work)
            try await scope.vectors.upsert(points, onlyIfGenerationAtMost: fence) { Lease.now() < max(ends, lease.ends) }
            return Dictionary(uniqueKeysWithValues: entities.map { ($0, .applied) })
        } catch let error as QdrantError where error.isAboutPoints && entities.count > 1 {
            let half = entities.count / 2
            let first = await self.upsert(Array(entities[..<half]), work: work, fence: fence)
            let second = await self.upsert(Array(entities[half...]), work: work, fence: fence)
            return first.merging(second) { $1 }
        } catch {
            return await self.outcomes(of: error, for: entities, scope: scope)
        }
    }

    @concurrent
    private static func points(of entities: [UUID], work: Work) async -> [VectorPoint] {
        entities.flatMap { work.documents[$0]?.points(vectors: work.vectors) ?? [] }
    }

    private func sweep(
        present: [UUID],
        absent: [UUID],
        work: Work,
        fence: Int64
    ) async -> [UUID: VectorizationPass.WriteOutcome] {
        let applied = Dictionary(uniqueKeysWithValues: (present + absent).map { ($0, VectorizationPass.WriteOutcome.applied) })
        // A tenant that never had points has none of what is gone.
        guard let scope = work.scope else { return applied }
        do {
            if !present.isEmpty { try await scope.vectors.deletePoints(entities: present, generationBelow: fence) }
            if !absent.isEmpty { try await scope.vectors.deletePoints(entities: absent, generationAtMost: fence) }
            return applied
        } catch let error as QdrantError where error.kind == .notFound && present.isEmpty {
            // Nor has a collection that is no more.
            return applied
        } catch {
            return await self.outcomes(of: error, for: present + absent, scope: scope)
        }
    }

    private func outcomes(
        of error: any Error,
        for entities: [UUID],
        scope: TenantScope
    ) async -> [UUID: VectorizationPass.WriteOutcome] {
        let outcome: VectorizationPass.WriteOutcome
        // Whatever it was: before anything more is paid for, the collection is asked for once more.
        await self.indexes.forget(collection: scope.space.collection)
        if let error = error as? QdrantError, error.kind != .unknownOutcome {
            outcome = .failed(Self.failure(of: error))
        } else {
            outcome = .unknown(reason: "\(error)")
        }
        return Dictionary(uniqueKeysWithValues: entities.map { ($0, outcome) })
    }

    // MARK: The end

    private func finished(_ row: ClaimedRow, verdict: Verdict, work: Work) -> FinishedPass {
        let delay: Duration =
            switch verdict {
            case .applied, .released: .zero
            case .unknown: Self.delay(of: .unavailable, attempts: row.attempts)
            case .failed(let failure): failure.retryAfter ?? Self.delay(of: failure.kind, attempts: row.attempts)
            }
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

    private static func delay(of kind: FailureKind, attempts: Int) -> Duration {
        switch kind {
        case .transient, .content, .crash: Self.backoff.delay(after: attempts + 1, random: .random(in: 0..<1))
        // The worker itself rests from a tenant whose rows all fail; these only spread the rows.
        case .rateLimited, .unavailable: .seconds(.random(in: 5..<10))
        case .configuration: .seconds(.random(in: 120..<180))
        }
    }

    private static func failure(of error: any Error) -> RowFailure {
        switch error {
        case let error as EmbeddingError:
            switch error.kind {
            case .transient, .invalidAnswer: RowFailure(.transient, error.description, retryAfter: error.retryAfter)
            case .rateLimited: RowFailure(.rateLimited, error.description, retryAfter: error.retryAfter)
            case .configuration: RowFailure(.configuration, error.description)
            case .splittable, .content: RowFailure(.content, error.description)
            }
        case let error as QdrantError:
            switch error.kind {
            case .unauthorized: RowFailure(.configuration, error.description)
            case .rejected: RowFailure(error.isAboutPoints ? .content : .configuration, error.description)
            case .rateLimited: RowFailure(.rateLimited, error.description, retryAfter: error.retryAfter)
            case .unreachable, .notFound, .unavailable, .unknownOutcome, .invalidAnswer:
                RowFailure(.unavailable, error.description, retryAfter: error.retryAfter)
            }
        default:
            RowFailure(.unavailable, "\(error)")
        }
    }
}

extension QdrantError {
    /// Whether the request itself is refused, and not the one who sends it or the server's state. Without a status the client
    /// refused to send it.
    fileprivate var isAboutPoints: Bool {
        self.kind == .rejected && (self.status.map { [400, 413, 422].contains($0) } ?? true)
    }
}
