import Foundation
import Testing

@Suite("Bad input", .inSurroundings, .serialized)
struct BadInputTests {
    private struct Case {
        var name: String
        var arguments: [String]
        var environment: [String: String]
        /// What the line must name: the thing and the remedy.
        var says: [String]

        init(_ name: String, _ arguments: [String], _ environment: [String: String] = [:], says: [String]) {
            self.name = name
            self.arguments = arguments
            self.environment = environment
            self.says = says
        }
    }

    /// A port of this machine where nobody listens.
    private static let nowhere = "127.0.0.1:1"

    @Test("Whatever is wrong, one line names it and the remedy, the exit code says so, and nothing is half-written")
    func badInput() async throws {
        try await World.with { world in
            let tenant = try await world.tenant("acme")
            let empty = try await ScratchDatabase.make()
            do {
                for bad in try self.cases(world, tenant, notMigrated: empty.url) {
                    let before = try await self.traces(world)
                    let outcome = try await world.outcome(bad.arguments, environment: bad.environment, atMost: .seconds(60))
                    #expect(outcome.status != nil && outcome.status != 0, "\(bad.name): \(outcome)")
                    let lines = outcome.errors.split(separator: "\n")
                    #expect(lines.count == 1, "\(bad.name): \(outcome.errors)")
                    #expect(outcome.output.isEmpty, "\(bad.name): \(outcome.output)")
                    for word in bad.says { #expect(outcome.errors.contains(word), "\(bad.name): \(outcome.errors)") }
                    for sign in ["Fatal", "Error Domain", "Stack", ".swift:", "0x", "Optional("] {
                        #expect(!outcome.errors.contains(sign), "\(bad.name): \(outcome.errors)")
                    }
                    #expect(try await self.traces(world) == before, "\(bad.name) has left something")
                }
                #expect(
                    try await world.database.count("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") > 0
                )
                #expect(try await empty.count("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0)
                try await empty.drop()
            } catch {
                try await empty.drop()
                throw error
            }
        }
    }

    /// How many lines stand in tables that a command could have begun to write.
    private func traces(_ world: World) async throws -> [String] {
        try await world.database.texts(
            """
            SELECT concat_ws(' ', (SELECT count(*) FROM tenants), (SELECT count(*) FROM api_keys),
                (SELECT string_agg(concat(tenant_id, name, updated_at), ' ' ORDER BY id) FROM integrations),
                (SELECT count(*) FROM work_items), (SELECT count(*) FROM repositories), (SELECT count(*) FROM vectorization_queue),
                (SELECT count(*) FROM tenant_spaces), (SELECT count(*) FROM qdrant_vectors),
                (SELECT count(*) FROM job_runs WHERE state = 'RUNNING'))
            """
        )
    }

    private func cases(_ world: World, _ tenant: World.Tenant, notMigrated: String) throws -> [Case] {
        let integration = { (file: String) in ["integration", "add", "--tenant", tenant.name, file] }
        let drain = ["vectorize", "--tenant", tenant.name, "--drain"]
        let status = ["status", "--tenant", tenant.name]
        let secret = "ghp_0123456789abcdefghijABCDEFGHIJ012345"
        try world.write("{\"kind\":\"github\",", to: "cut.json")
        try world.write(["kind": "gitlab", "base_url": "https://gitlab.example"], to: "kind.json")
        try world.write(
            [
                "kind": "github", "base_url": "https://api.github.com", "organization": "acme", "repositries": ["acme/api"],
                "token": "env:E2E_TOKEN",
            ],
            to: "misspelt.json"
        )
        try world.write(
            ["kind": "github", "base_url": "https://api.github.com", "organization": "acme", "token": .text(secret)],
            to: "secret.json"
        )
        let broken = world.folder + "/broken-providers"
        try FileManager.default.createDirectory(atPath: broken, withIntermediateDirectories: true)
        try world.write("{\"id\": \"broken\",", to: "broken-providers/broken.json")
        let port = URLComponents(string: world.sandbox.url)?.port.map(String.init) ?? ""
        let installed = Surroundings.project.appendingPathComponent("Providers").path
        let unreachableDatabase = ["PULSE_DATABASE_URL": "postgresql://pulse@\(Self.nowhere)/pulse"]
        let unreachableQdrant = ["PULSE_QDRANT_URL": "http://\(Self.nowhere)"]
        return [
            // Providers.
            Case("unknown provider", drain, ["PULSE_PROVIDER": "nosuch"], says: ["nosuch", "provider"]),
            Case("provider to test unknown", ["provider", "test", "nosuch"], says: ["nosuch"]),
            Case("no providers", drain, ["PULSE_PROVIDERS_DIR": "/nowhere"], says: ["/nowhere"]),
            Case(
                "broken provider file",
                ["provider", "validate", broken + "/broken.json"],
                says: ["broken.json:1", "not JSON"]
            ),
            Case(
                "provider of a broken file",
                drain,
                ["PULSE_PROVIDERS_DIR": broken, "PULSE_PROVIDER": "broken"],
                says: ["broken.json", "not JSON"]
            ),
            Case(
                "missing provider secret",
                ["provider", "test", "played"],
                ["E2E_PROVIDER_KEY": ""],
                says: ["E2E_PROVIDER_KEY", "set it"]
            ),
            Case(
                "provider file whose secret is missing",
                ["provider", "validate", "--ready", world.folder + "/providers/played.json"],
                ["E2E_PROVIDER_KEY": ""],
                says: ["played.json:", "authorization.secret: env:E2E_PROVIDER_KEY is not set here", "set the environment"]
            ),
            Case(
                "missing model",
                ["provider", "test", "on-device"],
                ["PULSE_PROVIDERS_DIR": installed, "PULSE_MODEL_DIR": "/nowhere"],
                says: ["/nowhere", "Scripts/setup"]
            ),
            // Qdrant.
            Case("Qdrant away: vectorize", drain, unreachableQdrant, says: [Self.nowhere, "PULSE_QDRANT_URL"]),
            Case("Qdrant's address is none", drain, ["PULSE_QDRANT_URL": "nonsense"], says: ["nonsense", "PULSE_QDRANT_URL"]),
            // PostgreSQL.
            Case("PostgreSQL away: status", status, unreachableDatabase, says: ["PostgreSQL", "port 1", "PULSE_DATABASE_URL"]),
            Case("PostgreSQL away: migrate", ["migrate"], unreachableDatabase, says: ["PostgreSQL", "PULSE_DATABASE_URL"]),
            Case(
                "PostgreSQL away: serve",
                ["serve", "--port", "0"],
                unreachableDatabase,
                says: ["PostgreSQL", "PULSE_DATABASE_URL"]
            ),
            Case(
                "PostgreSQL away: sync",
                ["sync", "jira", "--tenant", tenant.name],
                unreachableDatabase,
                says: ["PostgreSQL", "PULSE_DATABASE_URL"]
            ),
            Case("no database named", status, ["PULSE_DATABASE_URL": ""], says: ["PULSE_DATABASE_URL", "postgresql://"]),
            Case("database address is none", status, ["PULSE_DATABASE_URL": "nonsense"], says: ["postgresql://"]),
            Case("not migrated: status", status, ["PULSE_DATABASE_URL": notMigrated], says: ["pulse migrate"]),
            Case("not migrated: serve", ["serve", "--port", "0"], ["PULSE_DATABASE_URL": notMigrated], says: ["pulse migrate"]),
            Case(
                "no migrations",
                ["migrate"],
                ["PULSE_DATABASE_URL": notMigrated, "PULSE_MIGRATIONS_DIR": "/nowhere"],
                says: ["/nowhere", "PULSE_MIGRATIONS_DIR"]
            ),
            // Integrations.
            Case("cut JSON", integration(world.folder + "/cut.json"), says: ["cut.json", "not JSON"]),
            Case("no file", integration("/nowhere/github.json"), says: ["/nowhere/github.json", "give the path"]),
            Case("unknown kind", integration(world.folder + "/kind.json"), says: ["kind.json", "gitlab", "github"]),
            Case(
                "misspelt key",
                integration(world.folder + "/misspelt.json"),
                says: ["misspelt.json", "repositries", "did you mean \"repositories\"?"]
            ),
            Case("secret in the file", integration(world.folder + "/secret.json"), says: ["secret.json", "token", "env:"]),
            Case(
                "missing secret",
                ["sync", "github", "--tenant", tenant.name],
                ["E2E_TOKEN": ""],
                says: ["E2E_TOKEN", "is not set"]
            ),
            Case(
                "no such integration",
                ["sync", "github", "--tenant", tenant.name, "--integration", "other"],
                says: ["other", "pulse integration add"]
            ),
            // Tenants.
            Case("unknown tenant", ["status", "--tenant", "nobody"], says: ["nobody", "pulse tenant list"]),
            Case("tenant there already", ["tenant", "create", tenant.name], says: [tenant.name, "already"]),
            Case("no name for a tenant", ["tenant", "create", "A B"], says: ["A B", "lower-case"]),
            // Settings.
            Case("port out of range", ["serve"], ["PULSE_HTTP_PORT": "99999"], says: ["PULSE_HTTP_PORT", "65535"]),
            Case("option port out of range", ["serve", "--port", "99999"], says: ["99999", "65535"]),
            Case("sandbox port out of range", ["sandbox", "--port", "99999"], says: ["99999", "65535"]),
            Case("port taken: serve", ["serve", "--port", port], says: [port, "PULSE_HTTP_PORT"]),
            Case("port taken: sandbox", ["sandbox", "--port", port], says: [port, "--port"]),
            Case("lease out of range", drain, ["PULSE_LEASE_SECONDS": "1"], says: ["PULSE_LEASE_SECONDS", "5 to 3600"]),
            Case(
                "deadline out of range",
                drain,
                ["PULSE_WRITE_DEADLINE_SECONDS": "soon"],
                says: ["PULSE_WRITE_DEADLINE_SECONDS", "1 to 600"]
            ),
            Case("no configuration file", status, ["PULSE_CONFIG": "/nowhere.json"], says: ["PULSE_CONFIG", "/nowhere.json"]),
            Case(
                "malformed configuration file",
                status,
                ["PULSE_CONFIG": world.folder + "/cut.json"],
                says: ["PULSE_CONFIG", "cut.json", "JSON"]
            ),
            Case("log level", status, ["PULSE_LOG_LEVEL": "loud"], says: ["PULSE_LOG_LEVEL", "debug"]),
            Case("no recordings", ["sandbox", "--port", "0", "--recorded", "/nowhere"], says: ["/nowhere"]),
        ]
    }

    @Test("A key that a source or a provider refuses is named, and nothing is written")
    func wrongKeys() async throws {
        try await World.with(sandbox: ["--required-token", "the right one"]) { world in
            let tenant = try await world.tenant("acme")
            let test = try await world.outcome(["integration", "test", "--tenant", tenant.name])
            #expect(test.status == 1)
            for kind in ["github", "jira"] {
                #expect(test.output.contains { $0.isNewline } && test.output.contains(kind), "\(test.output)")
                let outcome = try await world.outcome(["sync", kind, "--tenant", tenant.name])
                #expect(outcome.status == 1)
                #expect(outcome.output.contains("401") && outcome.output.contains("check"), "\(kind): \(outcome)")
                #expect(!(outcome.output + outcome.errors).contains("a token"), "a secret is never shown")
            }
            #expect(try await world.rows(of: tenant).isEmpty)
            let provider = try await world.outcome(["provider", "test", "played"])
            #expect(provider.status == 1)
            #expect(provider.errors.contains("played") && provider.errors.contains("Incorrect API key"), "\(provider.errors)")
            #expect(!provider.errors.contains("a key"), "a secret is never shown")
        }
    }

    @Test("Records that cannot be taken are named with the reason and hold nothing else up")
    func invalidRecords() async throws {
        try await World.with(sandbox: ["--invalid-records"]) { world in
            let tenant = try await world.tenant("acme")
            var rejected = 0
            for kind in ["github", "jira"] {
                let report = try await world.sync(kind, tenant)
                #expect((report["rejected"].int ?? 0) > 0, "\(kind)")
                #expect(report["failures"] == [], "\(kind)")
                rejected += report["rejected"].int ?? 0
            }
            let records = try await world.pulse("failures", "list", "--tenant", tenant.name, "--json").json()["records"].list
            #expect(!records.isEmpty && records.count <= rejected)
            #expect(records.allSatisfy { $0["identity"].text?.isEmpty == false && $0["reason"].text?.isEmpty == false })
            try await world.drain(tenant)
            try await expectComplete(tenant, in: world)
        }
    }
}
