public import Foundation
public import PulseModel
import Synchronization

/// The database as one run of a job sees it: it takes pages while the run holds its job, and ends the extraction after the page that
/// finds a request to pause or to stop.
///
/// The end is told as a `CancellationError`, which connectors pass on without recording a failure of the unit: it goes on from its
/// checkpoint. ``interruption`` says what was behind it.
public final class FencedStore: IngestionStore {
    public enum Interruption: Sendable, Equatable {
        /// A page was committed and a pause, a stop or a shutdown is asked for.
        case asked
        /// The run has lost its job; the page was not written.
        case fenced
    }

    private struct State {
        var interruption: Interruption?
        var endsAtNextPage = false
        var result = IngestionResult()
        var pages = 0
        var waited: Duration?
    }

    let store: Store
    private let run: RunFence
    private let state = Mutex(State())

    public init(store: Store, run: RunFence) {
        self.store = store
        self.run = run
    }

    /// Why the extraction was ended; nil where it was not.
    public var interruption: Interruption? { self.state.withLock { $0.interruption } }
    /// Of all pages that were committed, the one that ended it included.
    public var result: IngestionResult { self.state.withLock { $0.result } }
    public var pages: Int { self.state.withLock { $0.pages } }

    /// Seconds for which the run's parts have waited for the database; parts that wait at once count each. nil before the first.
    public var seconds: Double? { self.state.withLock { $0.waited?.inSeconds } }

    func timed<R: Sendable>(_ work: () async throws -> R) async rethrows -> R {
        let started = ContinuousClock.now
        defer {
            let waited = ContinuousClock.now - started
            self.state.withLock { $0.waited = ($0.waited ?? .zero) + waited }
        }
        return try await work()
    }

    /// The next page that is committed is the last.
    public func endAtNextPage() { self.state.withLock { $0.endsAtNextPage = true } }

    public func checkpoint(tenant: UUID, integration: UUID, unit: String) async throws -> Checkpoint? {
        try self.throwIfInterrupted()
        return try await self.timed { try await self.store.checkpoint(tenant: tenant, integration: integration, unit: unit) }
    }

    public func completeUnits(_ prefix: String, tenant: UUID, integration: UUID) async throws -> Set<String> {
        try self.throwIfInterrupted()
        return try await self.timed { try await self.store.completeUnits(prefix, tenant: tenant, integration: integration) }
    }

    public func repositories(_ ids: [String], tenant: UUID, integration: UUID) async throws -> [Repository] {
        try self.throwIfInterrupted()
        return try await self.timed { try await self.store.repositories(ids, tenant: tenant, integration: integration) }
    }

    public func standingIssues(_ ids: [String], tenant: UUID, integration: UUID) async throws -> Set<String> {
        try self.throwIfInterrupted()
        return try await self.timed { try await self.store.standingIssues(ids, tenant: tenant, integration: integration) }
    }

    public func releases(
        of repositoryID: String,
        notSeenSince time: Date,
        tenant: UUID,
        integration: UUID
    ) async throws -> [String] {
        try self.throwIfInterrupted()
        return try await self.timed {
            try await self.store.releases(of: repositoryID, notSeenSince: time, tenant: tenant, integration: integration)
        }
    }

    public func keptRecord(_ kind: String, _ stableID: String, tenant: UUID, integration: UUID) async throws -> String? {
        try self.throwIfInterrupted()
        return try await self.timed { try await self.store.keptRecord(kind, stableID, tenant: tenant, integration: integration) }
    }

    public func write(_ page: IngestionPage, tenant: UUID, integration: UUID) async throws -> IngestionResult {
        try self.throwIfInterrupted()
        let written: (result: IngestionResult, isAskedToEnd: Bool)
        do {
            written = try await self.timed {
                try await self.store.write(page, tenant: tenant, integration: integration, run: self.run)
            }
        } catch is RunFenced {
            self.state.withLock { $0.interruption = .fenced }
            throw CancellationError()
        }
        self.state.withLock { state in
            state.result += written.result
            state.pages += 1
            if written.isAskedToEnd || state.endsAtNextPage { state.interruption = .asked }
        }
        try self.throwIfInterrupted()
        return written.result
    }

    public func recordFailure(tenant: UUID, integration: UUID, unit: String, kind: String, message: String) async throws {
        try await self.timed {
            try await self.store.recordFailure(
                tenant: tenant,
                integration: integration,
                unit: unit,
                kind: kind,
                message: message,
                run: self.run
            )
        }
    }

    func throwIfInterrupted() throws {
        if self.interruption != nil { throw CancellationError() }
    }
}
