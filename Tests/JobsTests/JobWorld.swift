import Foundation
import Jobs
import Logging
import Postgres
import PulseModel
import ServiceLifecycle
import Store
import TestSupport

/// A fresh database with one tenant, and orchestrators over it whose clock runs fast.
struct JobWorld: Sendable {
    let database: TestDatabase
    let store: Store
    let tenant: TestTenant

    struct Late: Error, CustomStringConvertible {
        var description: String
    }

    static func with<R: Sendable>(_ body: (JobWorld) async throws -> R) async throws -> R {
        try await TestDatabase.with { database in
            try await database.withStore(maximumConnections: 16) { store in
                let tenant = try await database.tenant()
                try await store.ensureJobs()
                // Nothing is due but what a test starts.
                try await database.query("UPDATE etl_jobs SET next_run_at = now() + interval '1 day'")
                return try await body(JobWorld(database: database, store: store, tenant: tenant))
            }
        }
    }

    static var policy: OrchestratorPolicy {
        var policy = OrchestratorPolicy()
        policy.tick = .milliseconds(50)
        policy.heartbeat = .milliseconds(200)
        policy.grace = .milliseconds(500)
        policy.lockedRest = .milliseconds(500)
        return policy
    }

    func orchestrator(_ jobs: [any Job], policy: OrchestratorPolicy = JobWorld.policy) -> Orchestrator {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return Orchestrator(store: self.store, jobs: jobs, policy: policy, logger: logger)
    }

    /// Lets orchestrators run beside `body`, and shuts them down in good order.
    @discardableResult
    func running<R: Sendable>(_ orchestrators: [Orchestrator], _ body: @Sendable @escaping () async throws -> R) async throws -> R
    {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let group = ServiceGroup(configuration: .init(services: orchestrators, logger: logger))
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            let result: Result<R, any Error>
            do { result = .success(try await body()) } catch { result = .failure(error) }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            return try result.get()
        }
    }

    /// Lets `body` work while another connection holds what `statement` locks.
    @discardableResult
    func locking<R: Sendable>(
        _ statement: String,
        _ parameters: [PostgresValue] = [],
        _ body: @Sendable @escaping () async throws -> R
    ) async throws -> R {
        try await self.database.owner.withTransaction { connection in
            try await connection.query(statement, parameters)
            return try await body()
        }
    }

    /// Waits until so many transactions of this database wait for a lock.
    func waitForLocked(_ count: Int = 1) async throws {
        let deadline = ContinuousClock.now + .seconds(60)
        // The tests' own connections see the others'.
        let locked = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        while try await self.database.count(locked) < count {
            guard ContinuousClock.now < deadline else { throw Late(description: "nobody waits for a lock after 60 s") }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    func job(_ kind: JobKind = .github) async throws -> StoredJob {
        guard let job = try await self.store.jobs(tenant: self.tenant.id, named: kind.rawValue).first else {
            throw Late(description: "there is no \(kind.rawValue)")
        }
        return job
    }

    @discardableResult
    func command(_ command: JobCommand, _ kind: JobKind = .github, force: Bool = false) async throws -> StoredJob {
        try await self.store.command(command, force: force, job: kind.rawValue, tenant: self.tenant.id, by: "test", why: "a test")
    }

    /// Waits until the job is in a state.
    @discardableResult
    func wait(_ kind: JobKind = .github, until isThere: (StoredJob) -> Bool) async throws -> StoredJob {
        let deadline = ContinuousClock.now + .seconds(60)
        while true {
            let job = try await self.job(kind)
            if isThere(job) { return job }
            guard ContinuousClock.now < deadline else { throw Late(description: "the job is \(job) after 60 s") }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// A second tenant, of whose jobs none is due either.
    func anotherTenant() async throws -> TestTenant {
        let other = try await self.database.tenant("other")
        try await self.store.ensureJobs()
        try await self.database.query("UPDATE etl_jobs SET next_run_at = now() + interval '1 day'")
        return other
    }

    /// Waits until a job of another tenant has run.
    func waitForRun(of tenant: TestTenant, _ kind: JobKind = .github) async throws {
        let deadline = ContinuousClock.now + .seconds(60)
        while try await self.store.jobs(tenant: tenant.id, named: kind.rawValue).first?.state != .finished {
            guard ContinuousClock.now < deadline else { throw Late(description: "\(tenant.name) was held up for 15 s") }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Puts the job into a state, as if it had come there.
    func put(_ state: JobState, _ kind: JobKind = .github) async throws {
        try await self.database.query(
            """
            UPDATE etl_jobs SET status = $1::text, owner = NULL, request = NULL, next_run_at = now() + interval '1 day'
            WHERE tenant_id = $2 AND job_name = $3::text
            """,
            [.text(state.rawValue), .uuid(self.tenant.id), .text(kind.rawValue)]
        )
    }

    /// Takes the job up as a process would that then does nothing more.
    func claimAsZombie(_ kind: JobKind = .github) async throws -> ClaimedJob {
        let job = try await self.job(kind)
        let due = DueJob(tenant: self.tenant.id, id: job.id)
        guard let claimed = try await self.store.claim(due, owner: UUID(), decide: Self.decide) else {
            throw Late(description: "the job is not due: \(job)")
        }
        return claimed
    }

    /// The job's process has been silent for a minute. A server has been there to hear it only for as long as it is up.
    func silence(_ kind: JobKind = .github) async throws {
        try await self.database.query(
            "SELECT pg_sleep_until(pg_postmaster_start_time() + interval '1 minute 2 seconds')"
        )
        try await self.database.query(
            "UPDATE etl_jobs SET heartbeat_at = now() - interval '1 minute' WHERE tenant_id = $1 AND job_name = $2::text",
            [.uuid(self.tenant.id), .text(kind.rawValue)]
        )
    }

    @Sendable static func decide(_ kind: JobKind, failures: Int) -> RetryDecision {
        RetryDecision(kind: .crash, failures: failures, fastRecovery: kind.fastRecovery, random: 0.5)
    }

    /// The pages that were committed, by number.
    func pages() async throws -> [Int] {
        try await self.database.query("SELECT stable_id::bigint AS n FROM raw_records ORDER BY n").map { try $0.decode("n") }
    }

    func events(_ channel: ProgressChannel) async throws -> [ProgressMessage] {
        try await self.store.messages(tenant: self.tenant.id, channel: channel, after: 0).events.map {
            try JSONDecoder().decode(ProgressMessage.self, from: Data($0.message.utf8))
        }
    }
}

extension ProgressMessage {
    var isStart: Bool {
        if case .started = self { true } else { false }
    }
}
