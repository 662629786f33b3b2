import Foundation
import PulseModel
import Store
import TestSupport
import Testing

// Needs PULSE_TEST_DATABASE_URL.
@Suite("The learning memory's rows", .enabled(if: TestDatabase.isAvailable), .timeLimit(.minutes(10)))
struct MemoryTests {
    private func failure(
        _ issue: String = "no answer from api.example:443 within 30 s",
        type: String = "timeout",
        subjects: [String] = ["job:github_job:x"],
        reason: String = "retry 1 of 3"
    ) -> LearnedFailure {
        LearnedFailure(
            errorType: type,
            service: "github_job",
            intent: "bring what is new from GitHub",
            failedQuery: "github_job",
            issue: issue,
            subjects: subjects,
            attempts: [LearnedFailure.Attempt(action: "retry", after: 300, reason: reason)]
        )
    }

    private func only(_ world: World) async throws -> RememberedFailure {
        let all = try await world.store.rememberedFailures(tenant: world.tenant.id)
        #expect(all.count == 1)
        return try #require(all.first)
    }

    @Test("An entry names no host and no statement, nor does what an earlier release has kept")
    func discreet() async throws {
        try await World.with { world in
            let words = "cannot reach Qdrant at http://vectors.internal:6333: connection refused"
            try await world.store.remember(self.failure(words), tenant: world.tenant.id)
            let known = try await self.only(world)
            #expect(known.issue == "Qdrant cannot be reached")
            #expect(!known.fingerprint.contains("internal"))
            try await world.database.query(
                "UPDATE ai_learning_memory SET specific_issue = $1::text, fingerprint = fingerprint || '-vectors-internal'",
                [.text(words)]
            )
            let old = try await self.only(world)
            #expect(old.issue == known.issue && old.fingerprint == known.fingerprint)
        }
    }

    @Test("Failures of one cause are one entry: counted, with what was tried, and open")
    func counted() async throws {
        try await World.with { world in
            for number in 1...14 {
                try await world.store.remember(
                    self.failure("no answer from api.example:\(400 + number) within \(number) s", reason: "retry \(number)"),
                    tenant: world.tenant.id
                )
            }
            let entry = try await self.only(world)
            #expect(entry.occurrences == 14)
            #expect(entry.issue == "no answer from api.example:414 within 14 s")
            #expect(entry.tried.map(\.reason) == (5...14).map { "retry \($0)" })
            #expect(entry.tried.allSatisfy { $0.after == 300 && abs($0.at.timeIntervalSinceNow) < 60 })
            #expect(entry.openSince != nil)
            #expect(entry.resolution == nil)
            try await world.store.remember(self.failure("something else"), tenant: world.tenant.id)
            #expect(try await world.store.rememberedFailures(tenant: world.tenant.id).count == 2)
        }
    }

    @Test("The same work going through ends it, says after how long and that nobody did anything; a new failure begins anew")
    func resolved() async throws {
        try await World.with { world in
            let tenant = world.tenant.id
            try await world.store.remember(self.failure(), tenant: tenant)
            try await world.database.query("UPDATE ai_learning_memory SET episode_started_at = now() - interval '10 minutes'")
            #expect(try await world.store.resolveFailures(subjects: ["job:jira_job:x"], how: "it ran", tenant: tenant) == 0)
            #expect(
                try await world.store.resolveFailures(subjects: ["other", "job:github_job:x"], how: "it ran", tenant: tenant) == 1
            )
            let over = try await self.only(world)
            #expect(over.openSince == nil)
            #expect(over.resolution == "by itself: it ran")
            #expect(abs((over.resolvedAfter ?? 0) - 600) < 30)
            #expect(over.selfHealed == 1)
            #expect(over.healedByHand == 0)
            #expect(try await world.store.resolveFailures(subjects: ["job:github_job:x"], how: "again", tenant: tenant) == 0)

            try await world.store.remember(self.failure(), tenant: tenant)
            let anew = try await self.only(world)
            #expect(abs(anew.openSince?.timeIntervalSinceNow ?? 1_000) < 30)
            #expect(anew.resolution == "by itself: it ran")
            #expect(anew.occurrences == 2)
        }
    }

    @Test(
        "A changed integration is what a person did about its job's failure; a start by hand only where it does not pass by itself"
    )
    func byHand() async throws {
        try await World.with { world in
            let tenant = world.tenant.id
            let subject = LearnedFailure.subject(ofJob: .github, integration: world.tenant.github)
            func fail(_ type: String) async throws {
                try await world.store.remember(self.failure(type: type, subjects: [subject]), tenant: tenant)
            }
            func entry(_ type: String) async throws -> RememberedFailure {
                try #require(try await world.store.rememberedFailures(tenant: tenant, errorType: type).first)
            }
            try await fail("timeout")
            try await fail("authentication")
            try await world.database.query(
                "UPDATE integrations SET base_url = base_url || '/v2' WHERE id = $1",
                [.uuid(world.tenant.github)]
            )
            // Of another integration: nothing to do with it.
            try await world.store.resolveFailures(subjects: [subject], how: "it ran", tenant: tenant)
            for type in ["timeout", "authentication"] {
                #expect(try await entry(type).healedByHand == 1)
                #expect(try await entry(type).resolution == "after a change of the integration github: it ran")
                #expect(try await entry(type).tried.last?.action == "change")
                #expect(abs(try await entry(type).tried.last?.at.timeIntervalSinceNow ?? 1_000) < 60)
            }
            try await fail("timeout")
            try await fail("authentication")
            try await world.store.ensureJobs()
            _ = try await world.store.command(.start, force: true, job: "github_job", tenant: tenant, by: "ann")
            try await world.store.resolveFailures(subjects: [subject], how: "it ran", tenant: tenant)
            #expect(try await entry("timeout").selfHealed == 1)
            #expect(try await entry("authentication").healedByHand == 2)
            #expect(try await entry("authentication").resolution == "after a start by ann: it ran")
            #expect(try await entry("timeout").tried.last?.action == "retry_by_hand")
        }
    }

    @Test("A failure of rows is over when the queue holds none of them as failed or waiting for another try")
    func rows() async throws {
        try await World.with { world in
            let tenant = world.tenant.id
            let rows = try await world.database.query(
                """
                INSERT INTO vectorization_queue (tenant_id, integration_id, source, table_name, external_id, entity, operation, status,
                    failure_kind, error_message)
                SELECT $1, $2, 'jira', 'wits', n::text, gen_random_uuid(), 'insert', 'failed', 'content', 'refused'
                FROM generate_series(1, 2) AS n RETURNING entity
                """,
                [.uuid(tenant), .uuid(world.tenant.jira)]
            )
            let entities = try rows.map { try $0.decode("entity", as: UUID.self) }
            try await world.store.remember(
                self.failure(type: "content", subjects: entities.map(LearnedFailure.subject(ofRow:))),
                tenant: tenant
            )
            #expect(try await world.store.resolveSettledRows(tenant: tenant) == 0)
            try await world.database.query("DELETE FROM vectorization_queue WHERE entity = $1", [.uuid(entities[0])])
            #expect(try await world.store.resolveSettledRows(tenant: tenant) == 0)
            #expect(try await world.store.requeue(tenant: tenant) == 1)
            try await world.database.query("DELETE FROM vectorization_queue WHERE entity = $1", [.uuid(entities[1])])
            #expect(try await world.store.resolveSettledRows(tenant: tenant) == 1)
            let entry = try await self.only(world)
            #expect(entry.resolution == "after its rows were requeued: its rows went through")
            #expect(entry.healedByHand == 1)
        }
    }

    @Test("A failure of copies into a space that is built is not over before that space has them, or is given up")
    func copies() async throws {
        try await World.with { world in
            let tenant = world.tenant.id
            try await world.database.query(
                """
                INSERT INTO tenant_spaces (tenant_id, space, provider, collection, state)
                VALUES ($1, 'old', 'a', 'pulse_old', 'live'), ($1, 'new', 'b', 'pulse_new', 'building')
                """,
                [.uuid(tenant)]
            )
            let entity = UUID()
            try await world.database.query(
                """
                INSERT INTO space_backlog (tenant_id, space, entity, integration_id, table_name, failed, error_message)
                VALUES ($1, 'new', $2, $3, 'wits', true, 'refused')
                """,
                [.uuid(tenant), .uuid(entity), .uuid(world.tenant.jira)]
            )
            let failure = self.failure(type: "content", subjects: [LearnedFailure.subject(ofRow: entity)])
            try await world.store.remember(failure, tenant: tenant)
            #expect(try await world.store.resolveSettledRows(tenant: tenant) == 0)
            try await world.database.query("DELETE FROM space_backlog WHERE entity = $1", [.uuid(entity)])
            #expect(try await world.store.resolveSettledRows(tenant: tenant) == 1)
        }
    }

    @Test("The memory is read in pages, each failure once; a rival reads nothing and ends nothing")
    func pages() async throws {
        try await World.with { world in
            let tenant = world.tenant.id
            let words = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta"]
            for word in words { try await world.store.remember(self.failure("broken \(word)"), tenant: tenant) }
            // All at one moment, so that only the id tells them apart.
            try await world.database.query("UPDATE ai_learning_memory SET last_seen_at = '2026-01-02 03:04:05.678901+00'")
            var seen: [String] = []
            var before: (lastSeenAt: Date, id: Int)?
            while true {
                let page = try await world.store.rememberedFailures(tenant: tenant, before: before, limit: 3)
                guard let last = page.last else { break }
                seen += page.map(\.issue)
                before = (last.lastSeenAt, last.id)
            }
            #expect(seen.sorted() == words.map { "broken \($0)" }.sorted())
            let rival = try await world.database.tenant("rival")
            #expect(try await world.store.rememberedFailures(tenant: rival.id).isEmpty)
            #expect(try await world.store.resolveFailures(subjects: ["job:github_job:x"], how: "x", tenant: rival.id) == 0)
            #expect(try await world.store.rememberedFailures(tenant: tenant, isOpen: true).count == 7)
            #expect(try await world.store.rememberedFailures(tenant: tenant, isOpen: false).isEmpty)
        }
    }

    @Test("Odd texts are kept without what PostgreSQL cannot hold, on one line")
    func oddText() async throws {
        try await World.with { world in
            try await world.store.remember(
                self.failure("a\0b\nc \u{1f98a} '\"\\ " + String(repeating: "x", count: 5_000), reason: "line\0\none"),
                tenant: world.tenant.id
            )
            let entry = try await self.only(world)
            #expect(entry.issue.hasPrefix("ab c \u{1f98a} '\"\\ xxx"))
            #expect(entry.issue.count == 1_000)
            #expect(entry.tried.count == 1)
        }
    }

    @Test("A sync by hand that fails is remembered with its job's failures, and one that runs through ends them")
    func byHandSync() async throws {
        try await World.with { world in
            let tenant = world.tenant.id
            await world.store.learn(
                fromFailedSync: .jira,
                tenant: tenant,
                integration: world.tenant.jira,
                named: "jira",
                kind: .permission,
                message: "the key may not read the project PAY"
            )
            let open = try await self.only(world)
            #expect(open.errorType == "permission")
            #expect(open.service == "jira_job")
            #expect(open.openSince != nil)
            try await world.store.postponeJob(.jira, tenant: tenant, integration: world.tenant.github)
            #expect(try await self.only(world).openSince != nil)
            try await world.store.postponeJob(.jira, tenant: tenant, integration: world.tenant.jira)
            let over = try await self.only(world)
            #expect(over.openSince == nil)
            #expect(over.resolution == "by itself: a sync by hand ran through")
        }
    }

    @Test("A vector comes back bit for bit, with its space")
    func vectors() async throws {
        try await World.with { world in
            try await world.store.remember(self.failure(), tenant: world.tenant.id)
            let id = try await self.only(world).id
            let vector: [Float] = [0, -0.0, 1, -1.5, .pi, .leastNonzeroMagnitude, .greatestFiniteMagnitude]
            try await world.store.saveFailureVectors([id: vector], space: "here", tenant: world.tenant.id)
            let entry = try #require(try await world.store.comparableFailures(tenant: world.tenant.id, limit: 10).first)
            #expect(entry.vector?.map(\.bitPattern) == vector.map(\.bitPattern))
            #expect(entry.vectorSpace == "here")
        }
    }
}
