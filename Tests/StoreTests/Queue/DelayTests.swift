import Foundation
import PulseModel
import Store
import TestSupport
import Testing

@Suite("Rows that wait after a failure", .enabled(if: TestDatabase.isAvailable))  // Needs PULSE_TEST_DATABASE_URL.
struct DelayTests {
    /// Three rows, each delayed by one hour for another reason.
    private func delayed(_ world: World) async throws {
        try await world.jira(at: 0) { $0.workItems = (1...3).map { World.issue("\($0)", "PAY-\($0)") } }
        for (number, kind) in ["configuration", "rate_limited", "unavailable"].enumerated() {
            try await world.database.query(
                """
                UPDATE vectorization_queue
                SET failure_kind = $2::text, error_message = 'because of ' || $2::text, available_at = now() + interval '1 hour'
                WHERE external_id = $1::text
                """,
                [.text("PAY-\(number + 1)"), .text(kind)]
            )
        }
        try await world.database.query("DELETE FROM vectorization_queue WHERE failure_kind IS NULL")
    }

    @Test("Whoever names an unknown kind of failure is told all there are")
    func unknownKind() {
        let description = StoreError.unknownKind("odd").description
        for kind in FailureKind.allCases { #expect(description.contains(kind.rawValue), "\(kind)") }
    }

    @Test("They are listed by table and reason; of those that are hastened, who was told when to come again waits on")
    func hastened() async throws {
        try await World.with { world in
            let tenant = world.tenant.id
            try await self.delayed(world)
            let delays = try await world.store.delays(tenant: tenant)
            #expect(delays.map(\.kind) == ["configuration", "rate_limited", "unavailable"])
            #expect(delays.allSatisfy { $0.table == "work_items" && $0.rows == 1 && $0.reason == "because of \($0.kind)" })
            #expect(try await world.store.hasten(tenant: tenant) == 2)
            #expect(try await world.store.hasten(tenant: tenant) == 0)
            let waiting = try await world.store.delays(tenant: tenant).filter { $0.nextAttempt.timeIntervalSinceNow > 60 }
            #expect(waiting.map(\.kind) == ["rate_limited"])
            let rival = try await world.database.tenant("rival")
            #expect(try await world.store.delays(tenant: rival.id).isEmpty)
            #expect(try await world.store.hasten(tenant: rival.id, kinds: FailureKind.allCases) == 0)
        }
    }

    @Test("Reasons that an earlier release kept name no host and no statement, and those that then are one are one")
    func discreet() async throws {
        try await World.with { world in
            let tenant = world.tenant.id
            try await self.delayed(world)
            try await world.database.query(
                """
                UPDATE vectorization_queue
                SET failure_kind = 'unavailable',
                    error_message = 'cannot reach Qdrant at http://10.0.0.' || right(external_id, 1) || ':6333: refused'
                """
            )
            let delays = try await world.store.delays(tenant: tenant)
            #expect(delays.map(\.reason) == ["Qdrant cannot be reached"] && delays.first?.rows == 3)
            try await world.database.query(
                """
                UPDATE vectorization_queue
                SET status = 'failed', error_message = 'PostgreSQL: the server refused [42P01]: x Statement: SELECT y'
                """
            )
            let letters = try await world.store.deadLetters(tenant: tenant)
            #expect(letters.count == 3 && letters.allSatisfy { $0.reason == FailureText.ofDatabase })
        }
    }

    @Test("They can be hastened to a moment, which brings none that comes earlier later")
    func hastenedLater() async throws {
        try await World.with { world in
            let tenant = world.tenant.id
            try await self.delayed(world)
            let kinds: [FailureKind] = [.configuration]
            #expect(try await world.store.hasten(tenant: tenant, kinds: kinds, after: .seconds(30)) == 1)
            #expect(try await world.store.hasten(tenant: tenant, kinds: kinds, after: .seconds(300)) == 0)
            let first = try #require(try await world.store.delays(tenant: tenant).min { $0.nextAttempt < $1.nextAttempt })
            #expect(first.kind == "configuration")
            #expect((20...31).contains(first.nextAttempt.timeIntervalSinceNow))
        }
    }
    @Test("Where something was mended they are tried once each process knows, and each is told of whose they are")
    func mended() async throws {
        try await World.with { world in
            let tenant = world.tenant.id
            try await self.delayed(world)
            var changes = world.store.queueChanges().makeAsyncIterator()
            #expect(await changes.next() == .some(nil), "it listens")
            let hastened = try await world.store.noteMended(tenant: tenant, knownAfter: .seconds(3))
            #expect(hastened == 1)
            while let change = await changes.next() {
                guard let change else { continue }
                #expect(change == tenant)
                break
            }
            // A tenant may rest though none of its rows wait for long.
            let again = try await world.store.noteMended(tenant: tenant, knownAfter: .seconds(3))
            #expect(again == 0)
            #expect(await changes.next() == tenant)
        }
    }
}
