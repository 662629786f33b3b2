import Foundation
import Hummingbird
import HummingbirdTesting
import Postgres
import Store
import Testing

@testable import Server

@Suite("Connecting sources", .enabled(if: TestWorld.isAvailable), .timeLimit(.minutes(10)))
struct IntegrationRoutesTests {
    @Test("Of requests at once that connect a source under one name, one does, with its secret; the others are told so")
    func race() async throws {
        try await TestWorld.with { world in
            try await world.serve { client in
                let statuses = try await withThrowingTaskGroup(of: (number: Int, status: Int).self) { group in
                    for number in 0..<8 {
                        group.addTask {
                            let body =
                                #"{"name": "code", "definition": {"kind": "github"}, "secrets": {"token": "token \#(number)"}}"#
                            let answer = try await client.send(
                                .post,
                                "/api/v1/integrations",
                                key: world.administratorKey,
                                body: body
                            )
                            return (number, answer.status.code)
                        }
                    }
                    return try await group.reduce(into: [(number: Int, status: Int)]()) { $0.append($1) }
                }
                #expect(statuses.map(\.status).sorted() == [201] + Array(repeating: 409, count: 7))
                let first = try #require(statuses.first { $0.status == 201 }?.number)
                let cipher = try VaultCipher(keys: [String(repeating: "0a", count: 32)])
                let kept = try await world.store.secretValues(tenant: world.acme, cipher: cipher)
                #expect(kept == ["token": "token \(first)"])
            }
        }
    }

    @Test("A definition is never changed without the secrets that come with it, nor secrets without it")
    func changeWithSecrets() async throws {
        try await TestWorld.with { world in
            try await world.serve { client in
                func send(_ method: HTTPRequest.Method, _ path: String, _ body: String) async throws -> Int {
                    try await client.send(method, path, key: world.administratorKey, body: body).status.code
                }
                let path = "/api/v1/integrations/code"
                let created = try await send(
                    .post,
                    "/api/v1/integrations",
                    #"{"name": "code", "definition": {"kind": "github"}, "secrets": {"token": "old"}}"#
                )
                #expect(created == 201)
                // The database takes the first of the two and refuses the second.
                try await world.database.run("ALTER TABLE tenant_secrets ADD CONSTRAINT test CHECK (id <> 'zzz')")
                let refused = try await send(
                    .put,
                    path,
                    #"{"definition": {"kind": "github", "base_url": "https://other.example"}, "secrets": {"token": "new", "zzz": "x"}}"#
                )
                #expect(refused == 503)
                let cipher = try VaultCipher(keys: [String(repeating: "0a", count: 32)])
                let kept = try await world.store.secretValues(tenant: world.acme, cipher: cipher)
                #expect(kept == ["token": "old"])
                let record = try await world.store.integrationRecords(tenant: world.acme, named: "code").first
                #expect(record?.integration.configuration.contains("other.example") == false)
                let changed = try await send(.put, path, #"{"definition": {"kind": "github"}, "secrets": {"token": "new"}}"#)
                #expect(changed == 200)
                let after = try await world.store.secretValues(tenant: world.acme, cipher: cipher)
                #expect(after == ["token": "new"])
            }
        }
    }

    @Test(
        "A definition that holds NUL, in a text or a name, is refused, and so is that of a provider",
        arguments: [
            #"{"id": "mine", "kind": "github", "token": "e\u0000nv:TOKEN"}"#,
            #"{"id": "mine", "kind": "github", "more": [{"a\u0000": 1}]}"#,
        ]
    )
    func nul(definition: String) async throws {
        try await TestWorld.with { world in
            try await world.serve { client in
                let path = "/api/v1/integrations"
                func send(_ method: HTTPRequest.Method, _ path: String, _ body: String) async throws -> TestResponse {
                    try await client.send(method, path, key: world.administratorKey, body: body)
                }
                let created = try await send(.post, path, #"{"name": "code", "definition": {"kind": "github"}}"#)
                #expect(created.status.code == 201)
                let body = #"{"definition": \#(definition)}"#
                for (method, path, body) in [
                    (.post, path, body), (.put, path + "/code", body), (.put, "/api/v1/providers/mine", definition),
                ] as [(HTTPRequest.Method, String, String)] {
                    let answer = try await send(method, path, body)
                    #expect(answer.status.code == 422, "\(method) \(path)")
                }
                let validated = try await send(.post, "/api/v1/providers/validate", definition)
                #expect(String(buffer: validated.body).contains("NUL"))
            }
        }
    }

    @Test("Who comes second under a name that is taken leaves the secrets of the first as they are")
    func second() async throws {
        try await TestWorld.with { world in
            let cipher = try VaultCipher(keys: [String(repeating: "0a", count: 32)])
            var created: [UUID?] = []
            for token in ["first", "second"] {
                created.append(
                    try await world.store.createIntegration(
                        tenant: world.acme,
                        name: "code",
                        kind: "github",
                        baseURL: "https://api.github.com",
                        configuration: "{}",
                        origin: .tenant,
                        secrets: ["token": token],
                        by: token,
                        cipher: cipher
                    )
                )
            }
            #expect(created[0] != nil && created[1] == nil)
            let kept = try await world.store.secretValues(tenant: world.acme, cipher: cipher)
            #expect(kept == ["token": "first"])
        }
    }

    @Test("An administrator accepts what stopped sweeps of a source found missing; nobody else does, and no other tenant")
    func sweeps() async throws {
        try await TestWorld.with { world in
            let created = try await world.store.createIntegration(
                tenant: world.acme,
                name: "code",
                kind: "github",
                baseURL: "https://api.github.com",
                configuration: "{}",
                origin: .tenant,
                secrets: [:],
                by: "a test",
                cipher: nil
            )
            let values: [PostgresValue] = [.uuid(world.acme), .uuid(try #require(created))]
            try await world.database.query(
                """
                INSERT INTO sweeps (tenant_id, integration_id, unit, started_at, finished_at, stopped_at, missing, known) VALUES
                ($1, $2, 'prs:42', now(), now(), now(), 30, 100), ($1, $2, 'repositories', now(), now(), NULL, 0, 3)
                """,
                values
            )
            try await world.database.query(
                "INSERT INTO sweep_absences (tenant_id, integration_id, unit, stable_id, since) VALUES ($1, $2, 'prs:42', '7', now())",
                values
            )
            try await world.serve { client in
                func stopped() async throws -> Int? {
                    try await world.database.query(
                        "SELECT count(*) FROM sweeps s JOIN sweep_absences a USING (unit) WHERE s.stopped_at IS NOT NULL AND NOT a.accepted"
                    ).first?.decode(at: 0)
                }
                let path = "/api/v1/integrations/code/sweeps/accept"
                for (key, status) in [(world.rivalKey, 404), (world.viewerKey, 403)] {
                    let refused = try await client.send(.post, path, key: key)
                    #expect(refused.status.code == status)
                }
                let before = try await stopped()
                #expect(before == 1)
                for count in ["1", "0"] {
                    let answer = try await client.send(.post, path, key: world.administratorKey)
                    let accepted = try answer.member("accepted")
                    #expect(answer.status == .ok && accepted == count)
                }
                let after = try await stopped()
                #expect(after == 0)
                let by = try await world.database.query("SELECT accepted_by FROM sweeps WHERE unit = 'prs:42'").first?
                    .decode(at: 0, as: String?.self)
                #expect(by?.isEmpty == false)
            }
        }
    }
}
