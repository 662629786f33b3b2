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
    /// Shared by the passes of this process.
    var underway = TextsUnderway()
    /// Shared by them as well.
    var turns = WriteTurns()
    /// The space that is built, for a pass of copies; nil for one of the queue, which writes the live space.
    var building: TenantSpace?
    let logger: Logger

    /// How long a row rests whose points are beyond the limit of Qdrant, which a person may raise.
    private static let restOfRefused = Duration.seconds(60)

    /// Works the rows off and completes them.
    ///
    /// - Throws: what keeps the end of the pass from being written down; the rows then wait for their lease to run out.
    func run(_ rows: [ClaimedRow], tenant: UUID) async throws -> PassReport {
        let started = ContinuousClock.now
        var report = PassReport(tenant: tenant, rows: rows.count)
        var pass = VectorizationPass(rows: rows, leaseEnds: self.lease.ends)
        let work = await self.drive(&pass, tenant: tenant, report: &report)
        let finished = pass.verdicts.map { self.finished($0.row, verdict: $0.verdict, work: work) }
        for pass in finished { report.note(pass.verdict, of: pass.row.entity) }
        let before = ContinuousClock.now
        report.summary = try await self.finish(finished, work: work, tenant: tenant)
        report.databaseSeconds += work.databaseSeconds + (ContinuousClock.now - before).seconds
        report.seconds = (ContinuousClock.now - started).seconds
        return report
    }

    /// Does what the pass says until it is over.
    private func drive(_ pass: inout VectorizationPass, tenant: UUID, report: inout PassReport) async -> Work {
        var work = Work()
        var turn: WriteTurns.Turn?
        defer { turn?.end() }
        while true {
            if Task.isCancelled { pass.release() }
            self.lease.inform(&pass)
            let step = pass.next(now: Lease.now())
            if step.isWrite, turn == nil {
                turn = await self.turns.turn(of: tenant)
                // It may have waited for long: the pass is to say anew whether it may write.
                continue
            }
            switch step {
            case .read:
                let before = ContinuousClock.now
                defer { report.databaseSeconds += (ContinuousClock.now - before).seconds }
                do {
                    work = try await self.read(pass.rows, tenant: tenant)
                    pass.read(present: Set(work.rows.keys))
                } catch {
                    self.log(error, tenant: tenant)
                    if Task.isCancelled { pass.release() } else { pass.failedBeforeWriting(Self.failure(of: error)) }
                }
            case .embed(let entities):
                do {
                    let failures = try await self.embed(entities, work: &work, report: &report)
                    pass.embedded(failures: failures, unwritten: work.unwritten)
                } catch {
                    self.log(error, tenant: tenant)
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
                pass.upserted(await self.write(entities, work: work, fence: pass.fence))
                let points = entities.reduce(0) { $0 + (work.documents[$1]?.hashes.count ?? 0) }
                report.note("upsert", since: before, points: points)
            case .sweep(let present, let absent):
                let before = ContinuousClock.now
                pass.swept(await self.sweep(present: present, absent: absent, work: work, fence: pass.fence))
                if work.scope != nil { report.note("delete", since: before, points: present.count + absent.count) }
            case .finish:
                return work
            }
        }
    }

    /// What a pass knows of its rows.
    struct Work {
        /// Nil where the tenant never had any points.
        var scope: TenantScope?
        var rows: [UUID: EntityRow] = [:]
        var documents: [UUID: ChunkedEntity] = [:]
        var vectors: [ContentHash: [Float]] = [:]
        /// New entities that no pass has held before, and those of them that the ledger does not know.
        var fresh: Set<UUID> = []
        var unwritten: Set<UUID> = []
        /// Entities that an earlier pass may have written without living to note it down.
        var doubtful: Set<UUID> = []
        /// Vectors that this pass has paid for.
        var paid: Set<ContentHash> = []
        /// Vectors that an earlier pass had paid for and could not write.
        var kept: Set<ContentHash> = []
        /// For which the search for known vectors waited for the database.
        var databaseSeconds = 0.0

        mutating func pay(for vectors: TextsUnderway.Vectors) {
            self.paid.formUnion(vectors.keys)
            self.vectors.merge(vectors) { $1 }
        }
    }

    // MARK: Steps

    private func scope(of tenant: UUID) async throws -> TenantScope? {
        guard let building = self.building else { return try await self.indexes.scope(of: tenant) }
        return self.indexes.scope(of: tenant, space: building)
    }

    private func read(_ rows: [ClaimedRow], tenant: UUID) async throws -> Work {
        var work = Work(scope: try await self.scope(of: tenant))
        work.fresh = Set(rows.filter(\.isFresh).map(\.entity))
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
        // One space a pass, wherever the tenant moves meanwhile.
        let index =
            if let scope = work.scope {
                try await self.indexes.index(of: report.tenant, in: scope.space)
            } else {
                try await self.indexes.index(of: report.tenant)
            }
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

        report.provider = index.provider.id
        report.limits = index.provider.limits
        report.dimensions = index.provider.space.dimensions
        var failures: [ContentHash: EmbeddingError] = [:]
        // Another pass may be having the same texts embedded: what comes of that is taken, and the rest embedded after it.
        let share = self.underway.take(unknown, tenant: report.tenant, space: index.space.space)
        let made: TextsUnderway.Vectors
        do {
            made = try await self.embed(share.own, of: texts, with: index.provider, failures: &failures, report: &report)
            self.underway.handOver(share, vectors: made)
        } catch {
            self.underway.handOver(share, vectors: [:])
            throw error
        }
        work.pay(for: made)
        let others = await self.underway.others(share)
        report.reused += others.count
        work.vectors.merge(others) { own, _ in own }
        let left = unknown.filter { work.vectors[$0] == nil && failures[$0] == nil }
        work.pay(for: try await self.embed(left, of: texts, with: index.provider, failures: &failures, report: &report))
        guard !failures.isEmpty else { return [:] }
        // One of each kind: the others say the same of other texts.
        let kinds = Dictionary(failures.values.map { ($0.kind, $0) }) { first, _ in first }
        for error in kinds.values { self.log(error, tenant: report.tenant) }
        return Self.failures(
            of: entities,
            texts: work.documents.mapValues(\.hashes),
            errors: failures,
            areAll: failures.count == unknown.count
        )
    }

    /// Asks the provider; the budget of its account serves its tenants in turn.
    private func embed(
        _ hashes: [ContentHash],
        of texts: [ContentHash: String],
        with provider: any EmbeddingProvider,
        failures: inout [ContentHash: EmbeddingError],
        report: inout PassReport
    ) async throws -> TextsUnderway.Vectors {
        guard !hashes.isEmpty else { return [:] }
        let outcome = try await RatePayer.$current.withValue(report.tenant.uuidString) {
            try await SplittingEmbedder(provider: provider).embed(hashes.compactMap { texts[$0] }, as: .document)
        }
        report.note(outcome, limits: provider.limits)
        var vectors: TextsUnderway.Vectors = [:]
        for (hash, result) in zip(hashes, outcome.results) {
            switch result {
            case .success(let vector): vectors[hash] = vector
            case .failure(let error): failures[hash] = error
            }
        }
        return vectors
    }

    /// Writes the entities' points. Where each of several is refused, it is no row's fault: the collection or the server is not as it
    /// should be, and the rows wait until it is.
    private func write(
        _ entities: [UUID],
        work: Work,
        fence: Int64
    ) async -> [UUID: VectorizationPass.WriteOutcome] {
        var refusals: [QdrantError] = []
        let outcomes = await self.upsert(entities, work: work, fence: fence, refusals: &refusals)
        guard entities.count > 1, refusals.count == entities.count else { return outcomes }
        let failure = RowFailure(.configuration, refusals[0].publicDescription, source: .qdrant)
        return outcomes.mapValues { _ in .failed(failure) }
    }

    /// Halves what Qdrant refuses until the culprit stands alone.
    ///
    /// - Parameter refusals: takes why a single entity was refused, unless it was for its size.
    private func upsert(
        _ entities: [UUID],
        work: Work,
        fence: Int64,
        refusals: inout [QdrantError]
    ) async -> [UUID: VectorizationPass.WriteOutcome] {
        guard let scope = work.scope else { return [:] }
        let (lease, ends) = (self.lease, self.lease.ends)
        do {
            let points = await Self.points(of: entities, work: work)
            try await scope.vectors.upsert(points, onlyIfGenerationAtMost: fence) { Lease.now() < max(ends, lease.ends) }
            return Dictionary(uniqueKeysWithValues: entities.map { ($0, .applied) })
        } catch let error as QdrantError where error.isAboutPoints && entities.count > 1 {
            let half = entities.count / 2
            let first = await self.upsert(Array(entities[..<half]), work: work, fence: fence, refusals: &refusals)
            let second = await self.upsert(Array(entities[half...]), work: work, fence: fence, refusals: &refusals)
            return first.merging(second) { $1 }
        } catch {
            if let error = error as? QdrantError, error.isAboutPoints, [400, 422].contains(error.status) {
                refusals.append(error)
            }
            return await self.outcomes(of: error, for: entities, scope: scope)
        }
    }

    @concurrent
    private static func points(of entities: [UUID], work: Work) async -> [VectorPoint] {
        entities.flatMap { work.documents[$0]?.points(vectors: work.vectors) ?? [] }
    }

    /// Deletes what is older of the entities that are there, and all of those that are gone. What Qdrant says of the one deletion says
    /// nothing of the other.
    func sweep(
        present: [UUID],
        absent: [UUID],
        work: Work,
        fence: Int64
    ) async -> [UUID: VectorizationPass.WriteOutcome] {
        // A tenant that never had points has none of what is gone.
        guard let scope = work.scope else { return Self.applied(present + absent) }
        let older = await self.delete(present, scope: scope) {
            try await scope.vectors.deletePoints(entities: present, generationBelow: fence)
        }
        let gone = await self.delete(absent, scope: scope) {
            do {
                try await scope.vectors.deletePoints(entities: absent, generationAtMost: fence)
            } catch let error as QdrantError where error.kind == .notFound {
                // Nor has a collection that is no more.
            }
        }
        return older.merging(gone) { $1 }
    }

    private func delete(
        _ entities: [UUID],
        scope: TenantScope,
        by deletion: () async throws -> Void
    ) async -> [UUID: VectorizationPass.WriteOutcome] {
        guard !entities.isEmpty else { return [:] }
        do {
            try await deletion()
            return Self.applied(entities)
        } catch {
            return await self.outcomes(of: error, for: entities, scope: scope, isDeletion: true)
        }
    }

    private static func applied(_ entities: [UUID]) -> [UUID: VectorizationPass.WriteOutcome] {
        Dictionary(uniqueKeysWithValues: entities.map { ($0, .applied) })
    }

    private func outcomes(
        of error: any Error,
        for entities: [UUID],
        scope: TenantScope,
        isDeletion: Bool = false
    ) async -> [UUID: VectorizationPass.WriteOutcome] {
        // Whatever it was: before anything more is paid for, the collection is asked for once more.
        await self.indexes.forget(collection: scope.space.collection)
        self.log(error, tenant: scope.vectors.tenant)
        if let error = error as? QdrantError, !error.refused.isEmpty {
            // All others were written. To come again at once would be no use.
            var failure = Self.failure(of: error)
            failure.retryAfter = Self.restOfRefused
            let refused = Set(error.refused)
            return Dictionary(uniqueKeysWithValues: entities.map { ($0, refused.contains($0) ? .failed(failure) : .applied) })
        }
        let outcome = Self.outcome(of: error, isDeletion: isDeletion)
        return Dictionary(uniqueKeysWithValues: entities.map { ($0, outcome) })
    }
}

extension PassReport {
    fileprivate mutating func note(_ operation: String, since start: ContinuousClock.Instant, points: Int) {
        self.calls.append(QdrantCall(operation: operation, seconds: (ContinuousClock.now - start).seconds, points: points))
    }

    fileprivate mutating func note(_ outcome: EmbeddingOutcome, limits: EmbeddingLimits) {
        self.embedded += outcome.results.count { if case .success = $0 { true } else { false } }
        self.tokens += outcome.tokens
        self.requests += outcome.requests
        self.embeddingSeconds += outcome.seconds
        // By the limit that fills a request first.
        let requests = Double(max(1, self.requests))
        let items = Double(self.embedded) / (requests * Double(max(1, limits.items)))
        let tokens = limits.tokensPerRequest.map { Double(self.tokens) / (requests * Double(max(1, $0))) } ?? 0
        self.batchFill = min(1, max(items, tokens))
    }
}

extension QdrantError {
    /// Whether the request itself is refused, and not the one who sends it or the server's state. Without a status the client
    /// refused to send it.
    var isAboutPoints: Bool {
        self.kind == .rejected && (self.status.map { [400, 413, 422].contains($0) } ?? true)
    }
}
