public import Foundation
public import Logging
public import PulseModel
public import ServiceLifecycle
public import Store

/// Runs jobs when they are due. Any number of them, in any number of processes, share one database: each job is run by one.
///
/// Each takes up what is due, retries what has failed once its time has come, and goes on with what a dead process has left. Nothing
/// but the database coordinates them.
public struct Orchestrator: Service {
    /// Who holds a job, in its row.
    public let owner = UUID()
    private let store: Store
    private let jobs: [JobKind: any Job]
    private let policy: OrchestratorPolicy
    private let advisor: (any RecoveryAdvising)?
    private let logger: Logger
    private let running = RunningJobs()

    /// - Parameters:
    ///   - jobs: what this process can run; other jobs are left to other processes.
    ///   - advisor: what became of failures before; nil decides by their kind alone.
    public init(
        store: Store,
        jobs: [any Job],
        policy: OrchestratorPolicy = OrchestratorPolicy(),
        advisor: (any RecoveryAdvising)? = nil,
        logger: Logger
    ) {
        self.store = store
        self.advisor = advisor
        self.jobs = Dictionary(jobs.map { ($0.kind, $0) }) { $1 }
        self.policy = policy
        self.logger = logger
    }

    /// Works until the process is told to stop: then running jobs end at their next page, and wait for another process.
    public func run() async throws {
        // An element at each tick, and where a job has ended: its place is not to wait for the next tick.
        let (wakes, wake) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        await withDiscardingTaskGroup { group in
            group.addTask { await self.beat() }
            group.addTask {
                while !Task.isCancelled {
                    wake.yield()
                    try? await Task.sleep(for: self.policy.tick)
                }
            }
            var upkeep = Upkeep()
            for await _ in wakes.cancelOnGracefulShutdown() {
                for entry in await self.tick(&upkeep) {
                    group.addTask {
                        await self.execute(entry)
                        wake.yield()
                    }
                }
                // However short the jobs are, the database is not asked more often than this.
                try? await Task.sleep(for: min(.milliseconds(20), self.policy.tick))
            }
            await self.endAll()
            // Only the heart and the clock still beat.
            group.cancelAll()
        }
    }

    /// When the rows of jobs were last brought in order, and whose could not be.
    private struct Upkeep {
        var ensured: ContinuousClock.Instant?
        var mirrored: ContinuousClock.Instant?
        var takenBack: ContinuousClock.Instant?
        /// Until when tenants are left alone whose locks were waited for in vain: waiting for them again at once would cost all others.
        var locked: [UUID: ContinuousClock.Instant] = [:]

        func isLocked(_ tenant: UUID) -> Bool { self.locked[tenant].map { $0 > .now } ?? false }
    }

    private func endAll() async {
        for entry in self.running.all { entry.context.store.endAtNextPage() }
        let deadline = ContinuousClock.now + self.policy.grace
        while !self.running.isEmpty, !Task.isCancelled {
            if ContinuousClock.now >= deadline {
                for entry in self.running.all { entry.control.cancel(.shutdown) }
            }
            try? await Task.sleep(for: .milliseconds(20))
        }
    }

    // MARK: Taking up

    /// Takes up what is due and finds a place. A database that is away costs the tick, and nothing that was taken up in it.
    private func tick(_ upkeep: inout Upkeep) async -> [RunningJobs.Entry] {
        var taken: [RunningJobs.Entry] = []
        do {
            let now = ContinuousClock.now
            if upkeep.ensured.map({ now - $0 >= self.policy.tick * 10 }) ?? true {
                try await self.store.ensureJobs()
                upkeep.ensured = now
            }
            if upkeep.mirrored.map({ now - $0 >= self.policy.tick }) ?? true {
                try await self.mirrorVectorization()
                upkeep.mirrored = now
            }
            if upkeep.takenBack.map({ now - $0 >= self.policy.tick }) ?? true {
                try await self.takeBack(&upkeep)
                upkeep.takenBack = now
            }
            let work = self.jobs.keys.filter { $0 != .sleep }
            taken = try await self.take(
                work,
                places: self.policy.concurrency,
                perTenant: self.placesPerTenant,
                upkeep: &upkeep
            )
            // After the others, and never waiting for a place of theirs.
            if self.jobs[.sleep] != nil {
                taken += try await self.take([.sleep], places: self.policy.upkeepPlaces, perTenant: 1, upkeep: &upkeep)
            }
        } catch {
            if !Task.isCancelled, !Task.isShuttingDownGracefully {
                self.logger.warning("due jobs cannot be read; trying again", metadata: ["error": "\(error)"])
            }
        }
        return taken
    }

    private func mirrorVectorization() async throws {
        do {
            try await self.store.mirrorVectorization(isBrief: true)
        } catch let error where Store.isLocked(error) {
            self.logger.warning("the states of vectorization jobs cannot be brought up to date", metadata: ["error": "\(error)"])
        }
    }

    /// Frees the jobs whose process is gone or does not obey. This takes no place: whoever has one runs them on.
    private func takeBack(_ upkeep: inout Upkeep) async throws {
        for lost in try await self.store.lostJobs(Array(self.jobs.keys), limit: 32, patience: self.policy.patience) {
            guard !upkeep.isLocked(lost.tenant) else { continue }
            do {
                _ = try await self.store.takeBack(lost, patience: self.policy.patience, decide: self.decideAboutCrash)
            } catch {
                // One row's trouble is not the others'.
                self.logger.warning("a job cannot be taken back", metadata: ["job": "\(lost.id)", "error": "\(error)"])
                if Store.isLocked(error) { upkeep.locked[lost.tenant] = .now + self.policy.lockedRest }
            }
        }
    }

    private var placesPerTenant: Int { max(1, self.policy.concurrency - self.policy.reserved) }

    private func take(
        _ kinds: [JobKind],
        places: Int,
        perTenant: Int,
        upkeep: inout Upkeep
    ) async throws -> [RunningJobs.Entry] {
        var taken: [RunningJobs.Entry] = []
        let free = self.free(of: places, among: self.running.all.filter { kinds.contains($0.job.kind) })
        guard free > 0, !kinds.isEmpty else { return [] }
        // More than there are places: others take some of them up at the same moment.
        let due = try await self.store.dueJobs(kinds, limit: max(32, free * 8), patience: self.policy.patience)
        for candidate in due where !upkeep.isLocked(candidate.tenant) {
            let running = self.running.all.filter { kinds.contains($0.job.kind) }
            guard self.free(of: places, among: running) > 0 else { break }
            let ofTenant = running.filter { $0.job.tenant == candidate.tenant }
            guard self.free(of: perTenant, among: ofTenant) > 0 else { continue }
            do {
                guard let claimed = try await self.claim(candidate) else { continue }
                let context = JobContext(
                    tenant: claimed.tenant,
                    integration: claimed.integration,
                    integrationName: claimed.integrationName,
                    run: claimed.run,
                    store: FencedStore(store: self.store, run: claimed.fence),
                    logger: self.logger(of: claimed),
                    meter: RunMeter()
                )
                let entry = RunningJobs.Entry(job: claimed, context: context, control: JobControl())
                self.running.add(entry)
                taken.append(entry)
            } catch {
                // One row's trouble is not the others'.
                self.logger.warning("a job cannot be taken up", metadata: ["job": "\(candidate.id)", "error": "\(error)"])
                if Store.isLocked(error) { upkeep.locked[candidate.tenant] = .now + self.policy.lockedRest }
            }
        }
        return taken
    }

    /// How many of the places are free. Jobs that wait for their source take none, up to several times as many jobs as there are places:
    /// a source that asks for an hour's patience does not stop the others.
    private func free(of places: Int, among running: [RunningJobs.Entry]) -> Int {
        let working = running.count { !$0.context.meter.isWaiting }
        return min(places - working, places * self.policy.waitingFactor - running.count)
    }

    private func claim(_ due: DueJob) async throws -> ClaimedJob? {
        try await self.store.claim(due, owner: self.owner, patience: self.policy.patience, decide: self.decideAboutCrash)
    }

    /// What follows from a job whose processes keep stopping.
    private var decideAboutCrash: @Sendable (JobKind, Int) -> RetryDecision {
        let retry = self.policy.retry
        return { kind, failures in
            RetryDecision(
                kind: .crash,
                failures: failures,
                fastRecovery: kind.fastRecovery,
                policy: retry,
                random: .random(in: 0..<1)
            )
        }
    }

    // MARK: Staying alive

    /// Keeps the running jobs alive and looks each second for what is asked of them, until it is cancelled.
    private func beat() async {
        var lastRenewal: ContinuousClock.Instant?
        while !Task.isCancelled {
            // Known before the question: what is taken up meanwhile is missing from the answer for no bad reason.
            let known = self.running.all
            if !known.isEmpty {
                let now = ContinuousClock.now
                let renews = lastRenewal.map { now - $0 >= self.policy.heartbeat } ?? true
                do {
                    let owned = try await self.store.ownedJobs(known.map(\.job), owner: self.owner, renew: renews)
                    if renews { lastRenewal = now }
                    self.obey(owned, known: known)
                } catch {
                    if !Task.isCancelled {
                        self.logger.warning("running jobs cannot be kept alive", metadata: ["error": "\(error)"])
                    }
                }
            }
            try? await Task.sleep(for: min(self.policy.tick, self.policy.heartbeat))
        }
    }

    private func obey(_ owned: [OwnedJob], known: [RunningJobs.Entry]) {
        for entry in known {
            let held = owned.first { $0.id == entry.job.id && $0.fence == entry.job.fence.number }
            switch held?.request {
            case .stop: entry.control.cancel(.stopped)
            case _ where held == nil: entry.control.cancel(.fenced)
            case _ where held?.isOpen == false: entry.control.cancel(.closed)
            case .pause, nil: continue
            }
        }
    }

    // MARK: Running

    private func logger(of job: ClaimedJob) -> Logger {
        var logger = self.logger
        logger[metadataKey: "job"] = "\(job.kind.rawValue)"
        logger[metadataKey: "tenant"] = "\(job.tenant)"
        logger[metadataKey: "run"] = "\(job.fence.run)"
        return logger
    }

    private func execute(_ entry: RunningJobs.Entry) async {
        let started = ContinuousClock.now
        let logger = entry.context.logger
        logger.info("a job starts")
        if let job = self.jobs[entry.job.kind] {
            let execution = JobExecution(
                entry: entry,
                store: self.store,
                policy: self.policy,
                advisor: self.advisor,
                logger: logger
            )
            let result = await execution.run(job)
            await execution.settle(result, seconds: (ContinuousClock.now - started) / .seconds(1))
        }
        self.running.remove(entry.job)
    }
}
