import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Store
import Synchronization
import Testing

@testable import Server

@Suite("Repeated requests and budgets", .enabled(if: TestWorld.isAvailable), .timeLimit(.minutes(10)))
struct RepeatedRequestTests {
    @Test("With the same idempotency key a request is done once and answered the same, secrets included")
    func same() async throws {
        try await TestWorld.with { world in
            try await world.serve { client in
                let fields = ["Idempotency-Key": "k-1"]
                let body = #"{"name": "ci"}"#
                let first = try await client.send(.post, "/api/v1/keys", key: world.administratorKey, body: body, fields: fields)
                let second = try await client.send(.post, "/api/v1/keys", key: world.administratorKey, body: body, fields: fields)
                #expect(first.status == .created && second.status == .created)
                #expect(String(buffer: first.body) == String(buffer: second.body))
                #expect(second.headers.values("idempotent-replayed") == ["true"])
                let kept = try await world.database.query(
                    "SELECT count(*) FROM api_keys WHERE name = 'ci'"
                ).first?.decode(at: 0, as: Int.self)
                #expect(kept == 1)
                // The answer holds a secret: it is kept encrypted.
                let key = try #require(try first.member("api_key"))
                let row = try await world.database.query("SELECT encode(body, 'escape') FROM idempotency_keys")
                #expect(try row.first?.decode(at: 0, as: String.self).contains(key) == false)
                // Another request under the key, and the key of another tenant.
                let other = try await client.send(
                    .post,
                    "/api/v1/keys",
                    key: world.administratorKey,
                    body: #"{"name": "other"}"#,
                    fields: fields
                )
                #expect(other.status == .unprocessableContent)
                #expect(try other.member("code") == "idempotency_key_reused")
                let rival = try await client.send(.post, "/api/v1/keys", key: world.rivalKey, body: body, fields: fields)
                #expect(rival.status == .created)
                #expect(try rival.member("api_key") != key)
            }
        }
    }

    @Test("Of many at once one is done; the others wait for it or get its answer")
    func concurrently() async throws {
        try await TestWorld.with { world in
            try await world.serve { client in
                let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                    for _ in 0..<8 {
                        group.addTask {
                            try await client.send(
                                .post,
                                "/api/v1/keys",
                                key: world.administratorKey,
                                body: #"{"name": "race"}"#,
                                fields: ["Idempotency-Key": "race"]
                            ).status.code
                        }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(Set(statuses).isSubset(of: [201, 409]) && statuses.contains(201))
                let count = try await world.database.query("SELECT count(*) FROM api_keys WHERE name = 'race'")
                #expect(try count.first?.decode(at: 0, as: Int.self) == 1)
            }
        }
    }

    @Test("A request that runs longer than the claim of a dead process holds is not done a second time")
    func longRunning() async throws {
        try await TestWorld.with { world in
            let runs = Mutex(0)
            let (gate, opening) = AsyncStream<Void>.makeStream()
            let route = Route(
                .post,
                "/slow",
                id: "slow",
                access: .viewer,
                tag: .keys,
                summary: "Hangs",
                answers: [.noContent("It is done.")]
            ) { call in
                runs.withLock { $0 += 1 }
                for await _ in gate {}
                return call.noContent
            }
            let router = Router(context: PulseContext.self)
            RouteTable([route]).mount(
                on: router,
                authenticator: Authenticator { key in try await world.store.authenticate(apiKey: key) },
                budgets: RequestBudgets(quota: 0),
                repeats: RepeatedRequests(store: world.store, cipher: nil, renewal: .milliseconds(50)),
                bodyDeadline: .seconds(30)
            )
            @Sendable func ask(_ client: any TestClientProtocol) async throws -> Int {
                var headers = HTTPFields()
                headers[.authorization] = "Bearer \(world.viewerKey)"
                headers.set("idempotency-key", "slow")
                return try await client.execute(uri: "/slow", method: .post, headers: headers, body: nil).status.code
            }
            // A client has one connection.
            let responder = router.buildResponder()
            try await Application(responder: responder).test(.live) { first in
                try await Application(responder: responder).test(.live) { second in
                    let asking = Task { try await ask(first) }
                    defer { opening.finish() }
                    while runs.withLock({ $0 }) == 0 { try await Task.sleep(for: .milliseconds(10)) }
                    try await world.database.run("UPDATE idempotency_keys SET created_at = now() - interval '3 minutes'")
                    let fresh = "SELECT count(*) FROM idempotency_keys WHERE created_at > now() - interval '1 minute'"
                    let deadline = ContinuousClock.now + .seconds(10)
                    while try await world.database.query(fresh).first?.decode(at: 0, as: Int.self) != 1 {
                        try #require(ContinuousClock.now < deadline, "the claim is not renewed")
                        try await Task.sleep(for: .milliseconds(50))
                    }
                    let repeated = try await ask(second)
                    #expect(repeated == 409)
                    opening.finish()
                    let answered = try await asking.value
                    #expect(answered == 204)
                    #expect(runs.withLock { $0 } == 1)
                }
            }
        }
    }

    @Test("A refusal is repeated too, and a key that no header can hold is refused")
    func refusals() async throws {
        try await TestWorld.with { world in
            try await world.serve { client in
                for _ in 0..<2 {
                    let answer = try await client.send(
                        .post,
                        "/api/v1/jobs/sleep_job/resume",
                        key: world.administratorKey,
                        fields: ["Idempotency-Key": "r"]
                    )
                    #expect(answer.status == .conflict)
                    #expect(try answer.member("code") == "refused_transition")
                }
                for bad in ["", "with space", String(repeating: "x", count: 256)] {
                    let answer = try await client.send(
                        .post,
                        "/api/v1/vectorization/requeue",
                        key: world.administratorKey,
                        fields: ["Idempotency-Key": bad]
                    )
                    #expect(answer.status == .badRequest, "\(bad)")
                }
            }
        }
    }

    @Test("A key's budget is told in each answer, and spent it is 429 until time fills it again; others are not touched")
    func budgets() async throws {
        try await TestWorld.with { world in
            let configuration = ServerConfiguration(port: 0, requestsPerMinute: 5)
            let server = TestWorld.server(store: world.store, configuration: configuration)
            try await server.application().test(.live) { client in
                for left in [4, 3, 2, 1, 0] {
                    let answer = try await client.send(.get, "/api/v1/me", key: world.viewerKey)
                    #expect(answer.status == .ok)
                    #expect(answer.headers.values("ratelimit").first?.hasPrefix("\"requests\";r=\(left);t=") == true)
                    #expect(answer.headers.values("ratelimit-policy") == ["\"requests\";q=5;w=60"])
                }
                let spent = try await client.send(.get, "/api/v1/me", key: world.viewerKey)
                #expect(spent.status == .tooManyRequests)
                #expect(Int(spent.headers[.retryAfter] ?? "") ?? 0 > 0)
                #expect(try await client.send(.get, "/api/v1/me", key: world.rivalKey).status == .ok)
            }
        }
    }
}

@Suite("Budgets of requests")
struct RequestBudgetsTests {
    @Test("A bucket fills evenly and never beyond its quota")
    func fills() {
        let budgets = RequestBudgets(quota: 60)
        let caller = UUID()
        let start = ContinuousClock.now
        for _ in 0..<60 { #expect(budgets.take(caller, now: start)?.retryAfter == nil) }
        #expect(budgets.take(caller, now: start)?.retryAfter == 1)
        #expect(budgets.take(caller, now: start + .seconds(1))?.retryAfter == nil)
        #expect(budgets.take(caller, now: start + .seconds(1))?.retryAfter == 1)
        #expect(budgets.take(caller, now: start + .seconds(3_600))?.remaining == 59)
        #expect(RequestBudgets(quota: 0).take(caller) == nil)
    }
}
