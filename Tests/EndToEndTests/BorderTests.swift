import Foundation
import Testing

/// What tenants give over the API: it leads nowhere inside, and is nobody else's.
@Suite("What a tenant has given", .inSurroundings, .serialized)
struct BorderTests {
    private static let key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    private static let allowing = ["PULSE_ENCRYPTION_KEY": Self.key, "PULSE_ALLOWED_NETWORKS": "127.0.0.1"]
    private static let refusing = ["PULSE_ENCRYPTION_KEY": Self.key]

    private func github(_ world: World) -> JSON {
        [
            "name": "source",
            "definition": [
                "kind": "github", "base_url": .text(world.sandbox.url + "/github"), "organization": "acme",
                "token": "vault:github",
            ],
            "secrets": ["github": "a token"],
        ]
    }

    @Test("An integration that leads inside is refused when it is given, and again when it connects")
    func integration() async throws {
        try await World.with { world in
            let tenant = try await world.tenant("acme", kinds: [])
            let headers = ["Authorization": "Bearer \(tenant.key)"]
            try await self.serving(world, Self.refusing) { url in
                let refused = try await LoopbackHTTP.send(
                    "POST",
                    url + "/api/v1/integrations",
                    body: self.github(world),
                    headers: headers
                )
                #expect(refused.status == 422, "\(refused)")
                #expect(refused.body.contains("PULSE_ALLOWED_NETWORKS"))
                for host in ["10.0.0.1", "[::1]", "169.254.169.254", "[::ffff:10.0.0.1]", "0.0.0.0", "192.168.1.1"] {
                    let body: JSON = [
                        "definition": [
                            "kind": "github", "base_url": .text("https://\(host)"), "organization": "acme",
                            "token": "vault:github",
                        ]
                    ]
                    let answer = try await LoopbackHTTP.send("POST", url + "/api/v1/integrations", body: body, headers: headers)
                    #expect(answer.status == 422, "\(host): \(answer)")
                }
                let list = try await LoopbackHTTP.send("GET", url + "/api/v1/integrations", headers: headers)
                #expect(try list.json()["integrations"].list.isEmpty)
            }
            try await self.serving(world, Self.allowing) { url in
                let made = try await LoopbackHTTP.send(
                    "POST",
                    url + "/api/v1/integrations",
                    body: self.github(world),
                    headers: headers
                )
                #expect(made.status == 201, "\(made)")
                let tested = try await LoopbackHTTP.send(
                    "POST",
                    url + "/api/v1/integrations/source/test",
                    headers: headers
                )
                #expect(try tested.json()["ok"] == true, "\(tested)")
            }
            let allowed = try await world.outcome(["sync", "github", "--tenant", "acme"], environment: Self.allowing)
            #expect(allowed.status == 0, "\(allowed)")
            // The rule holds for the connection itself, whatever was said when the address was given.
            let refused = try await world.outcome(["integration", "test", "--tenant", "acme"], environment: Self.refusing)
            #expect(refused.status != 0 && refused.output.contains("PULSE_ALLOWED_NETWORKS"), "\(refused)")
        }
    }

    @Test("A tenant's own provider embeds for it alone, with the secrets of its vault")
    func provider() async throws {
        try await World.with { world in
            let tenant = try await world.tenant("acme", kinds: ["jira"])
            let other = try await world.tenant("other", kinds: ["jira"])
            try await world.sync("jira", tenant)
            var definition = world.provider(id: "mine", base: world.sandbox.url + "/embeddings").members
            definition["authorization"] = ["kind": "bearer", "secret": "vault:embedding"]
            definition["price"] = ["perMillionTokens": 100_000]
            let body = JSON.object(definition)
            func ask(_ method: String, _ url: String, _ body: JSON? = nil, as asking: World.Tenant) async throws
                -> LoopbackHTTP.Answer
            {
                try await LoopbackHTTP.send(method, url, body: body, headers: ["Authorization": "Bearer \(asking.key)"])
            }
            try await self.serving(world, Self.refusing) { url in
                let refused = try await ask("PUT", url + "/api/v1/providers/mine", body, as: tenant)
                #expect(refused.status == 422 && refused.body.contains("PULSE_ALLOWED_NETWORKS"), "\(refused)")
                // Nor does what its tokens come from.
                var inside = definition
                inside["request"] = ["url": "https://8.8.8.8/embed", "body": ["input": "{{texts}}"]]
                inside["authorization"] = [
                    "kind": "oauth-client-credentials", "tokenURL": "http://169.254.169.254/token",
                    "form": ["grant_type": "client_credentials", "client_secret": "vault:embedding"],
                ]
                let tokens = try await ask("PUT", url + "/api/v1/providers/mine", .object(inside), as: tenant)
                #expect(tokens.status == 422 && tokens.body.contains("authorization.tokenURL"), "\(tokens)")
                #expect(!tokens.body.contains("request.url"), "\(tokens)")
            }
            try await self.serving(world, Self.allowing) { url in
                let providers = url + "/api/v1/providers"
                var naming = definition
                naming["authorization"] = ["kind": "bearer", "secret": "env:E2E_PROVIDER_KEY"]
                #expect(try await ask("PUT", providers + "/mine", .object(naming), as: tenant).status == 422, "no environment")
                #expect(try await ask("PUT", providers + "/played", body, as: tenant).status == 422, "another id than it says")
                let checked = try await ask("POST", providers + "/validate", body, as: tenant)
                #expect(try checked.json()["valid"] == true && checked.json()["problems"] == [], "\(checked)")
                let faults = try await ask("POST", providers + "/validate", .object(naming), as: tenant).json()
                #expect(
                    faults["valid"] == false && faults["problems"][0]["path"].text?.hasPrefix("authorization") == true,
                    "\(faults)"
                )
                let made = try await ask("PUT", providers + "/mine", body, as: tenant)
                #expect(made.status == 201, "\(made)")
                #expect(try made.json()["ready"] == false, "its secret is missing")
                #expect(try await ask("PUT", url + "/api/v1/secrets/embedding", ["value": "a key"], as: tenant).status == 204)
                #expect(try await ask("PUT", providers + "/mine", body, as: tenant).status == 200)

                // Nobody else knows of it.
                let theirs = try await ask("GET", providers, as: other)
                #expect(!theirs.body.contains("mine"))
                for action in ["test", "choose"] {
                    #expect(try await ask("POST", providers + "/mine/\(action)", as: other).status == 404)
                    let named = providers + "/\(tenant.identifier)%2Fmine/\(action)"
                    #expect(try await ask("POST", named, as: other).status == 404)
                }
                #expect(try await ask("DELETE", providers + "/mine", as: other).status == 404)

                let tested = try await ask("POST", providers + "/mine/test", as: tenant)
                #expect(try tested.json()["ok"] == true, "\(tested)")
                #expect(try tested.json()["dimensions"] == 64)
                // Before vectors are of it, it may go.
                #expect(try await ask("DELETE", providers + "/mine", as: tenant).status == 204)
                #expect(try await !ask("GET", providers, as: tenant).body.contains("mine"))
                #expect(try await ask("DELETE", providers + "/mine", as: tenant).status == 404)
                #expect(try await ask("PUT", providers + "/mine", body, as: tenant).status == 201)
                let chosen = try await ask("POST", providers + "/mine/choose", as: tenant)
                #expect(chosen.status == 200, "\(chosen)")
                try await world.drain(tenant, environment: Self.allowing)
                let found = try await ask(
                    "POST",
                    url + "/api/v1/search",
                    ["query": "customers were charged twice", "mode": "semantic"],
                    as: tenant
                )
                #expect(found.status == 200, "\(found)")
                #expect(try !found.json()["hits"].list.isEmpty)
                let list = try await ask("GET", providers, as: tenant)
                let own = try #require(try list.json()["providers"].list.first { $0["id"] == "mine" })
                #expect(own["own"] == true && own["chosen"] == true)
                #expect(try await ask("DELETE", providers + "/mine", as: tenant).status == 409, "its vectors are of it")
                var another = definition
                another["id"] = "another"
                another["space"] = ["name": "another", "dimensions": 64]
                #expect(try await ask("PUT", providers + "/another", .object(another), as: tenant).status == 201)
                let doctor = try await world.outcome(["doctor"], environment: Self.allowing)
                #expect(doctor.output.contains("provider: mine of tenant acme answers"), "\(doctor.output)\(doctor.errors)")
                let collections = try await world.database.texts("SELECT collection FROM tenant_spaces")
                for name in collections {
                    #expect(doctor.output.contains("the collection \(name) is laid out"), "\(doctor.output)")
                }
            }
            // What it costs is known: ten cents a token.
            let costs = try await world.database.texts(
                """
                SELECT (abs(c.metric_value * 10 - t.metric_value) < 0.01)::text
                FROM ai_performance_metrics c JOIN ai_performance_metrics t USING (labels, measurement_timestamp)
                WHERE c.metric_name = 'embedding_cost' AND t.metric_name = 'embedding_tokens' AND c.metric_value > 0
                  AND c.labels->>'provider' = '\(tenant.identifier)/mine'
                """
            )
            #expect(costs.contains("true") && !costs.contains("false"), "\(costs)")
            let estimated = try await world.outcome(
                ["reindex", "--tenant", "acme", "--provider", "another", "--estimate", "--json"],
                environment: Self.allowing
            )
            let estimate = try JSON(estimated.output)["estimate"]
            let (dollars, tokens) = (try #require(estimate["dollars"].number), try #require(estimate["tokens"].number))
            #expect(tokens > 0 && abs(dollars * 10 - tokens) < 1, "\(estimated)")
            let keyless = try await world.outcome(
                ["vectorize", "--tenant", "acme", "--drain"],
                environment: ["PULSE_ALLOWED_NETWORKS": "127.0.0.1"]
            )
            #expect(keyless.status == 1 && keyless.errors.contains("PULSE_ENCRYPTION_KEY"), "a person must mend it: \(keyless)")
            let spaces = try await world.database.texts("SELECT DISTINCT space FROM qdrant_vectors")
            #expect(spaces.count == 1 && spaces[0].hasPrefix("\(tenant.identifier)/"), "a space of the tenant's own: \(spaces)")
            let collection = try await world.database.texts("SELECT DISTINCT collection FROM qdrant_vectors")
            for name in collection { _ = try await LoopbackHTTP.send("DELETE", "\(world.qdrant)/collections/\(name)") }
        }
    }

    @Test("A service at work follows a tenant that edits its own provider, and one that mends a secret of it")
    func editedProvider() async throws {
        try await World.with(sandbox: ["--required-token", "a token"]) { world in
            let tenant = try await world.tenant("acme", kinds: ["jira"])
            var definition = world.provider(id: "mine", base: world.sandbox.url + "/embeddings").members
            definition["authorization"] = ["kind": "bearer", "secret": "vault:embedding"]
            try await self.serving(world, Self.allowing, roles: "api,vectorization") { url in
                func ask(_ method: String, _ path: String, _ body: JSON? = nil) async throws -> LoopbackHTTP.Answer {
                    let headers = ["Authorization": "Bearer \(tenant.key)"]
                    return try await LoopbackHTTP.send(method, url + path, body: body, headers: headers)
                }
                #expect(try await ask("PUT", "/api/v1/secrets/embedding", ["value": "a wrong one"]).status == 204)
                #expect(try await ask("PUT", "/api/v1/providers/mine", .object(definition)).status == 201)
                #expect(try await ask("POST", "/api/v1/providers/mine/choose").status == 200)
                try await world.pulse("sync", "jira", "--tenant", "acme", environment: Self.allowing)
                try await until("a person is waited for") {
                    try await world.queued(tenant, where: "failure_kind = 'configuration'") > 0
                }
                #expect(try await ask("PUT", "/api/v1/secrets/embedding", ["value": "a token"]).status == 204)
                try await until("all is indexed, and not minutes later") { try await world.queued(tenant) == 0 }
                let collection = try #require(try await world.database.texts("SELECT collection FROM tenant_spaces").first)
                let own = world.looking(at: String(collection.dropFirst("pulse_".count)))
                let before = try await own.points(of: tenant).count
                #expect(before > 0)

                definition["limits"] = ["items": 2, "tokensPerItem": 60, "tokensPerRequest": 100, "concurrency": 2]
                let edited = try await ask("PUT", "/api/v1/providers/mine", .object(definition))
                #expect(edited.status == 200, "\(edited)")
                try await until("the long texts are cut anew") { try await own.points(of: tenant).count > before }
                try await until("all is done") { try await world.queued(tenant) == 0 }
                let audit = try await world.outcome(["audit", "--tenant", "acme"], environment: Self.allowing)
                #expect(audit.status == 0, "\(audit.output)\(audit.errors)")
                _ = try await LoopbackHTTP.send("DELETE", "\(world.qdrant)/collections/\(collection)")
            }
        }
    }

    private func serving(
        _ world: World,
        _ environment: [String: String],
        roles: String = "api",
        _ body: (_ url: String) async throws -> Void
    ) async throws {
        try await world.serving(roles: roles, environment: environment) { url, _ in try await body(url) }
    }
}
