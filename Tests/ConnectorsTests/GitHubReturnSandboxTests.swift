import Foundation
import HTTPTransport
import Postgres
import Sandbox
import Store
import Synchronization
import TestSupport
import Testing

@testable import Connectors

@Suite(
    "What was gone at GitHub and comes back, in the sandbox",
    .enabled(if: TestDatabase.isAvailable),
    .timeLimit(.minutes(10))
)
struct GitHubReturnSandboxTests {
    /// The rows that are missing, and those that were not there.
    private func difference(_ before: [String], _ after: [String]) -> [[String]] {
        [Set(before).subtracting(after).sorted(), Set(after).subtracting(before).sorted()]
    }

    @Test("A deleted repository that is restored has all that it had, although nothing of it has changed")
    func repository() async throws {
        try await SandboxWorld.with { world in
            try await world.database.query(
                "UPDATE integrations SET configuration = $2::text::jsonb WHERE id = $1",
                [
                    .uuid(world.tenant.github),
                    .text(#"{"kind":"github","base_url":"http://localhost/github","organization":"acme","token":"env:T"}"#),
                ]
            )
            let isGone = Mutex(false)
            let transport = ScriptedTransport { request in
                let given = try await world.transport.send(request)
                guard isGone.withLock({ $0 }) else { return given }
                if request.url.contains("/repos/acme/web") { return GivenResponse(status: 404) }
                guard request.url.contains("/orgs/acme/repos"), let items = try? JSONParser.parse(given.body).array else {
                    return given
                }
                let left = items.filter { $0["full_name"].string != "acme/web" }
                return GivenResponse(status: given.status, body: JSONValue.array(left).bytes)
            }
            func sync() async throws {
                let report = try await world.connector(transport: transport).sync()
                #expect(report.isSuccess, "\(report.failures)")
            }
            try await sync()
            let before = try await world.rows()
            let units = "unit LIKE '%:acme/web@%'"
            #expect(try await world.count("job_checkpoints", where: units) == 7)

            let row = try await world.database.query("SELECT stable_id FROM repositories WHERE full_name = 'acme/web'")
            let id: String = try #require(row.first).decode("stable_id")
            let body: JSONValue = [
                "action": "deleted", "repository": ["id": .number(id), "name": "web", "full_name": "acme/web"],
            ]
            _ = try await world.store.receiveWebhook(
                tenant: world.tenant.id,
                integration: world.tenant.github,
                delivery: "deleted",
                event: "repository",
                body: body.bytes
            )
            while await WebhookWorker(store: world.store, logger: quiet, refresh: { _, _, _ in }).workOff() {}
            isGone.withLock { $0 = true }
            try await sync()
            #expect(try await world.count("prs", where: "repository = 'acme/web' AND deleted_at IS NULL") == 0)
            #expect(try await world.count("job_checkpoints", where: units) == 0, "what nobody reads is not late")

            isGone.withLock { $0 = false }
            try await sync()
            #expect(self.difference(before, try await world.rows()) == [[], []])
        }
    }

    @Test("A pull request that was hidden for some days comes back with what hangs on it once a sweep lists it again")
    func pull() async throws {
        try await SandboxWorld.with(SandboxConfiguration(world: .generated(seed: 7, scale: 2))) { world in
            let hidden = Mutex<Int?>(nil)
            let transport = ScriptedTransport { request in
                let given = try await world.transport.send(request)
                guard let number = hidden.withLock({ $0 }), request.url.contains("/repos/acme/api/"),
                    let answer = try? JSONParser.parse(given.body)
                else { return given }
                func isHidden(_ record: JSONValue) -> Bool {
                    let owner = record["pull_request_url"].text ?? record["issue_url"].text ?? record["url"].text ?? ""
                    return owner.hasSuffix("/pulls/\(number)") || owner.hasSuffix("/issues/\(number)")
                }
                guard let items = answer.array else { return isHidden(answer) ? GivenResponse(status: 404) : given }
                let left = JSONValue.array(items.filter { !isHidden($0) })
                return GivenResponse(status: given.status, headers: given.headers, body: left.bytes)
            }
            func sweep() async throws -> SyncReport {
                try await world.connector(world.definition(usesGraphQL: false), transport: transport).sync(isSweeping: true)
            }
            #expect(try await sweep().isSuccess)
            let before = try await world.rows()
            let row = try await world.database.query(
                """
                SELECT p.number FROM prs p
                WHERE p.repository = 'acme/api' AND 2 = (
                    SELECT count(DISTINCT c.comment_type) FROM prs_comments c
                    WHERE c.repository_id = p.repository_id AND c.pr_number = p.number
                )
                ORDER BY p.number LIMIT 1
                """
            )
            let number: Int = try #require(row.first).decode("number")
            hidden.withLock { $0 = number }
            for _ in 0..<2 { _ = try await sweep() }
            #expect(try await world.count("prs", where: "deleted_at IS NOT NULL") == 1)
            #expect(try await world.count("prs_comments", where: "deleted_at IS NOT NULL") > 1)

            hidden.withLock { $0 = nil }
            let report = try await sweep()
            #expect(report.isSuccess, "\(report.failures)")
            #expect(self.difference(before, try await world.rows()) == [[], []])
        }
    }
}
