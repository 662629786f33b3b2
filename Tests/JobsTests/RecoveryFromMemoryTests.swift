import Foundation
import Jobs
import Logging
import PulseModel
import Store
import TestSupport
import Testing

@Suite("Recovery from memory", .enabled(if: TestDatabase.isAvailable), .timeLimit(.minutes(10)))
// Needs PULSE_TEST_DATABASE_URL.
struct RecoveryFromMemoryTests {
    /// Remembers what the test says.
    private struct Advisor: RecoveryAdvising {
        var answer: @Sendable () async throws -> RecoveryStrategy

        func strategy(errorType: String, service: String, issue: String, tenant: UUID) async throws -> RecoveryStrategy {
            try await self.answer()
        }

        static func remembering(passed: Int, mended: Int) -> Advisor {
            Advisor {
                RecoveryStrategy(
                    nature: FailureNature(errorType: "unavailable", text: ""),
                    evidence: [
                        FailureEvidence(
                            fingerprint: "f",
                            similarity: 1,
                            errorType: "unavailable",
                            service: "github_job",
                            issue: "503",
                            selfHealed: passed,
                            healedByHand: mended
                        )
                    ]
                )
            }
        }
    }

    private func orchestrator(_ job: any Job, _ advisor: any RecoveryAdvising, in world: JobWorld) -> Orchestrator {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        var policy = JobWorld.policy
        policy.adviceLimit = .milliseconds(300)
        return Orchestrator(store: world.store, jobs: [job], policy: policy, advisor: advisor, logger: logger)
    }

    private let failing = ScriptedJob(.github) { _ in throw JobFailure(.unavailable, "HTTP 503 from the host") }

    /// Lets the job fail once.
    private func fail(_ advisor: any RecoveryAdvising, in world: JobWorld) async throws -> (job: StoredJob, run: JobRun) {
        try await world.running([self.orchestrator(self.failing, advisor, in: world)]) {
            try await world.command(.start)
            try await world.wait { $0.state == .error }
        }
        let run = try #require(try await world.store.runs(tenant: world.tenant.id, of: "github_job").first)
        return (try await world.job(), run)
    }

    @Test("A failed job's retry follows what is remembered, and the reason stands with the job and its run")
    func followed() async throws {
        try await JobWorld.with { world in
            let (job, run) = try await self.fail(Advisor.remembering(passed: 4, mended: 0), in: world)
            #expect(job.recoveryTier == .fast)
            #expect(job.recoveryReason?.contains("4 of 4 times") == true)
            #expect(job.recoveryReason?.contains("retry 1 of 5") == true)
            #expect(run.recoveryReason == job.recoveryReason)
            #expect((290...421).contains(job.nextRunAt?.timeIntervalSinceNow ?? 0))
        }
    }

    @Test("What only people have ended so far waits for one")
    func manual() async throws {
        try await JobWorld.with { world in
            let (job, _) = try await self.fail(Advisor.remembering(passed: 0, mended: 9), in: world)
            #expect(job.recoveryTier == .manual)
            #expect(job.nextRunAt == nil)
            #expect(job.recoveryReason?.contains("waits for a person") == true)
        }
    }

    @Test("A memory that hangs or fails is done without, and the job ends all the same")
    func without() async throws {
        struct Broken: Error {}
        for advisor in [
            Advisor { throw Broken() },
            Advisor {
                try await Task.sleep(for: .seconds(60))
                throw Broken()
            },
        ] {
            try await JobWorld.with { world in
                let (job, _) = try await self.fail(advisor, in: world)
                #expect(job.recoveryTier == .fast)
                #expect(job.recoveryReason?.contains("retry 1 of 3") == true)
            }
        }
    }

    @Test("A failed job is remembered with what is tried, and its success ends it; failures are counted in the metrics")
    func remembered() async throws {
        try await JobWorld.with { world in
            let flaky = ScriptedJob(.github) { context in
                if try await world.job().failures == 0 { throw JobFailure(.unavailable, "HTTP 503 from the host") }
                return JobOutcome(summary: "done", steps: [RunStep("acme/api", count: 3, detail: "3 rows")])
            }
            try await world.running([world.orchestrator([flaky])]) {
                try await world.command(.start)
                try await world.wait { $0.state == .error }
                // The end of a run does not wait for what is learned of it.
                let deadline = ContinuousClock.now + .seconds(10)
                while try await world.store.rememberedFailures(tenant: world.tenant.id).isEmpty, .now < deadline {
                    try await Task.sleep(for: .milliseconds(20))
                }
                let open = try #require(try await world.store.rememberedFailures(tenant: world.tenant.id).first)
                #expect(open.errorType == "unavailable")
                #expect(open.service == "github_job")
                #expect(open.issue == "HTTP 503 from the host")
                #expect(open.openSince != nil)
                #expect(open.tried.map(\.action) == ["retry"])
                #expect((300...420).contains(open.tried.first?.after ?? 0))
                // Its time has come.
                try await world.database.query("UPDATE etl_jobs SET next_run_at = now() WHERE job_name = 'github_job'")
                try await world.wait { $0.state == .finished }
                try await Task.sleep(for: .milliseconds(300))
            }
            let over = try #require(try await world.store.rememberedFailures(tenant: world.tenant.id).first)
            #expect(over.openSince == nil)
            #expect(over.resolution == "by itself: the job ran through after 1 failures in a row")
            #expect(over.selfHealed == 1)
            let measured = try await world.store.metricBuckets(
                tenant: world.tenant.id,
                name: "job_failures",
                from: Date() - 600,
                to: Date() + 60,
                bucket: 86_400,
                labels: ["job": "github_job", "kind": "unavailable"]
            )
            #expect(measured.reduce(0) { $0 + $1.figures.sum } == 1)
            let runs = try await world.store.runs(tenant: world.tenant.id, of: "github_job")
            #expect(runs.first?.steps == [RunStep("acme/api", count: 3, detail: "3 rows")])
            #expect(try await world.job().recoveryReason == nil)
        }
    }

    @Test("A job whose processes keep stopping is remembered as a crash")
    func crash() async throws {
        try await JobWorld.with { world in
            try await world.command(.start)
            for _ in 0..<2 {
                _ = try await world.claimAsZombie()
                try await world.silence()
            }
            _ = try await world.claimAsZombie()
            try await world.silence()
            let due = DueJob(tenant: world.tenant.id, id: try await world.job().id)
            #expect(try await world.store.claim(due, owner: UUID(), decide: JobWorld.decide) == nil)
            let failure = try #require(try await world.store.rememberedFailures(tenant: world.tenant.id).first)
            #expect(failure.errorType == "crash")
            #expect(failure.issue == "3 processes in a row stopped while they ran it")
            #expect(try await world.job().recoveryReason?.contains("retry 1 of 3") == true)
        }
    }
}
