import Embedding
import Foundation
import PulseModel
import Resilience
import Store
import Synchronization

/// The work of one builder, from the first copy to the switch.
final class ReindexWork: Sendable {
    typealias Progress = Reindex.Progress

    private let reindex: Reindex
    private let target: TenantSpace
    private let tenant: UUID
    private let lease: Lease
    private let progress: @Sendable (Progress) -> Void
    /// Shared by the lanes.
    private let underway = TextsUnderway()
    /// Copies that have begun and whose end is not written down.
    private let open = Mutex(0)

    private static let batch = 128
    private static let lanes = 2
    /// Rounds that found new changes, after which the few that are left go through the queue.
    private static let patience = 5
    private static let handedOver = 1_000
    /// Proofs that found something wrong, after which copying does not cure it.
    private static let proofs = 3

    init(
        reindex: Reindex,
        target: TenantSpace,
        tenant: UUID,
        lease: Lease,
        progress: @escaping @Sendable (Progress) -> Void
    ) {
        self.reindex = reindex
        self.target = target
        self.tenant = tenant
        self.lease = lease
        self.progress = progress
    }

    private var store: Store { self.reindex.store }

    /// Whether the end of each copy that began is written down.
    var isAccountedFor: Bool { self.open.withLock { $0 == 0 } }

    func run(_ building: BuildingSpace, allowedFailures: Int?) async throws -> ReindexReport {
        var report = ReindexReport(end: .switched)
        // Its last user may have dropped it just before this tenant was bound to it.
        await self.reindex.indexes.forget(collection: self.target.collection)
        _ = try await self.reindex.indexes.index(of: self.tenant, in: self.target)
        try await self.settle(building)
        // Somebody has come to see whether what failed before can be done now.
        try await self.store.hastenCopies(tenant: self.tenant, space: self.target.space, givenUp: true)
        var isFilled = building.isFilled
        while !isFilled {
            try Task.checkCancellation()
            isFilled = try await self.store.fillBacklog(tenant: self.tenant, builder: self.lease.owner)
        }
        // How the copies were cut when they were proved; nil before.
        var proved: String?
        var proofs = 0
        for round in 1... {
            let building = try await self.copyAll(&report)
            guard let cutting = proved else {
                let proof = try await self.prove()
                report.mended += proof.wrong
                proofs += 1
                if proof.wrong == 0 { proved = proof.cutting }
                guard proved != nil || proofs < Self.proofs else { throw ReindexError.copiesDiffer(entities: proof.wrong) }
                continue
            }
            try await self.requireFew(building, allowed: allowedFailures ?? building.total / 100)
            let handedOver = round > Self.patience ? Self.handedOver : 0
            switch try await self.store.switchSpace(
                tenant: self.tenant,
                builder: self.lease.owner,
                policy: self.reindex.policy,
                cutting: cutting,
                handingOver: handedOver
            ) {
            case .switched:
                report.failed = building.failed
                return report
            case .notYet:
                continue
            }
        }
        throw CancellationError()
    }

    private func requireFew(_ building: BuildingSpace, allowed: Int) async throws {
        guard building.failed > allowed else { return }
        let failures = try await self.store.copyFailures(tenant: self.tenant, space: self.target.space)
        throw ReindexError.tooManyFailures(
            failed: building.failed,
            allowed: allowed,
            reasons: failures.map { "\($0.entities) × \($0.reason)" }
        )
    }

    /// Waits until no copy of a builder that was killed can land any more.
    private func settle(_ building: BuildingSpace) async throws {
        guard let until = building.settleAfter else { return }
        while until.timeIntervalSinceNow > 0 {
            let wait = until.timeIntervalSinceNow
            self.progress(Progress(step: .waiting, done: 0, total: Int(wait.rounded(.up)), rate: 0))
            try await Task.sleep(for: .seconds(min(wait + 0.05, 1)))
        }
    }

    // MARK: Copying

    /// Copies until nothing is left that can be copied.
    private func copyAll(_ report: inout ReindexReport) async throws -> BuildingSpace {
        let started = ContinuousClock.now
        var copied = 0
        var troubles = 0
        while true {
            try Task.checkCancellation()
            guard let building = try await self.store.buildingSpace(tenant: self.tenant) else { throw SpaceError.lost }
            guard building.waiting > 0 else { return building }
            // Counted once in a while: a backlog of millions is not counted after each thousand.
            let counted = ContinuousClock.now
            var waiting = building.waiting
            var isIdle = false
            repeat {
                let total = max(building.total, building.waiting)
                let elapsed = max(0.001, (ContinuousClock.now - started).inSeconds)
                self.progress(
                    Progress(
                        step: .copying,
                        done: max(0, total - waiting),
                        total: total,
                        rate: Double(copied) / elapsed
                    )
                )
                let copies = try await self.store.copies(
                    tenant: self.tenant,
                    space: self.target.space,
                    limit: Self.batch * Self.lanes * 4
                )
                guard !copies.isEmpty else {
                    isIdle = true
                    break
                }
                let passes = try await self.copy(copies)
                let done = passes.reduce(0) { $0 + $1.summary.done }
                report.copied += done
                report.embedded += passes.reduce(0) { $0 + $1.embedded }
                report.tokens += passes.reduce(0) { $0 + $1.tokens }
                copied += done
                waiting -= done
                if done > 0 { troubles = 0 } else { try await self.rest(passes, troubles: &troubles) }
            } while ContinuousClock.now - counted < .seconds(5)
            if isIdle {
                let wait = building.nextAt?.timeIntervalSinceNow ?? 0.2
                try await Task.sleep(for: .seconds(min(max(wait, 0.05), 1)))
            }
        }
    }

    /// Nothing could be done at all: the provider or Qdrant is away, or somebody must mend something.
    private func rest(_ passes: [PassReport], troubles: inout Int) async throws {
        if let reason = passes.compactMap({ $0.reasons[FailureKind.configuration.rawValue] }).first {
            throw ReindexError.blocked(reason: reason)
        }
        guard passes.contains(where: { !$0.failures.isEmpty }) else { return }
        troubles += 1
        let asked = passes.compactMap(\.retryAfter).max() ?? .zero
        let backoff = PassDriver.backoff.delay(after: min(troubles, 4), random: .random(in: 0..<1))
        let wait = min(max(backoff, asked), .seconds(300))
        self.reindex.logger.warning(
            "nothing can be copied; trying again later",
            metadata: ["in": "\(Int(wait.inSeconds)) s", "reason": "\(passes.flatMap(\.reasons.values).first ?? "")"]
        )
        try await Task.sleep(for: wait)
        try await self.store.hastenCopies(tenant: self.tenant, space: self.target.space)
    }

    /// One pass a lane and batch.
    private func copy(_ copies: [SpaceCopy]) async throws -> [PassReport] {
        var batches = stride(from: 0, to: copies.count, by: Self.batch).map {
            copies[$0..<min($0 + Self.batch, copies.count)]
        }[...]
        return try await withThrowingTaskGroup(of: PassReport.self) { group in
            for _ in 0..<Self.lanes {
                if let batch = batches.popFirst() { group.addTask { try await self.pass(batch) } }
            }
            var reports: [PassReport] = []
            while let report = try await group.next() {
                reports.append(report)
                if let batch = batches.popFirst() { group.addTask { try await self.pass(batch) } }
            }
            return reports
        }
    }

    private func pass(_ copies: ArraySlice<SpaceCopy>) async throws -> PassReport {
        // Drawn before the rows are read, as a claim's is: of two copies of an entity the later one wins.
        let fence = try await self.store.nextFence()
        let rows = copies.enumerated().compactMap { number, copy in
            EntityTable(rawValue: copy.table).map { table in
                ClaimedRow(
                    id: number,
                    tenant: self.tenant,
                    integration: copy.integration,
                    table: table,
                    externalID: copy.entity.uuidString.lowercased(),
                    entity: copy.entity,
                    generation: copy.generation,
                    fence: fence,
                    attempts: copy.attempts,
                    crashes: 0,
                    settled: copy.settled
                )
            }
        }
        let driver = PassDriver(
            store: self.store,
            indexes: self.reindex.indexes,
            policy: self.reindex.policy,
            lease: self.lease,
            underway: self.underway,
            building: self.target,
            logger: self.reindex.logger
        )
        self.open.withLock { $0 += 1 }
        let report = try await driver.run(rows, tenant: self.tenant)
        self.open.withLock { $0 -= 1 }
        self.record(report)
        guard report.summary.refused == 0 else {
            await self.takeBack(rows, fence: fence)
            throw SpaceError.lost
        }
        return report
    }

    /// What the copies say of the work, as the queue's passes do.
    private func record(_ report: PassReport) {
        let recorder = self.reindex.recorder
        recorder.record(report.measurements(run: nil, service: "reindex"), tenant: self.tenant)
        recorder.recordSuccess(of: report.successes, tenant: self.tenant)
        // After the successes: what has failed in the same pass is not over.
        for failure in report.learned { recorder.record(failure, tenant: self.tenant) }
    }

    /// Where the space is given up and forgotten already, nobody else would ever delete what was written to it last.
    private func takeBack(_ rows: [ClaimedRow], fence: Int64) async {
        guard let spaces = try? await self.store.spaces(tenant: self.tenant),
            !spaces.contains(where: { $0.space.space == self.target.space })
        else { return }
        let scope = self.reindex.indexes.scope(of: self.tenant, space: self.target)
        try? await scope.vectors.deletePoints(entities: rows.map(\.entity), generationAtMost: fence)
    }

    // MARK: Proving

    /// Compares rows, ledger and points of the new space; what is wrong is copied again.
    ///
    /// - Returns: how many entities were wrong, and how the right ones are cut.
    private func prove() async throws -> (wrong: Int, cutting: String) {
        let audit = IndexAudit(store: self.store, indexes: self.reindex.indexes, qdrant: self.reindex.qdrant)
        let index = try await self.reindex.indexes.index(of: self.tenant, in: self.target)
        let result = try await audit.run(tenant: self.tenant, index: index, mending: .copies) { compared in
            self.progress(Progress(step: .proving, done: compared, total: 0, rate: 0))
        }
        return (result.tables.reduce(0) { $0 + $1.wrong }, index.chunker.cutting)
    }
}
