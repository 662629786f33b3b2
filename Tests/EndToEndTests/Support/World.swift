import Foundation
import Postgres

/// A database, a sandbox company, a vector space and a folder of its own for one test, and `pulse` to work with them.
struct World: Sendable {
    /// A tenant of this world, connected to a sandbox.
    struct Tenant: Sendable {
        var name: String
        var identifier: String
        var key: String
    }

    let database: ScratchDatabase
    let sandbox: SandboxServer
    let folder: String
    /// Of the vector space; collections are shared by it.
    let space: String
    /// For `pulse`.
    let environment: [String: String]

    static let tables = [
        "projects", "wits", "statuses", "work_items", "changelogs", "wits_hierarchies", "wits_mappings", "statuses_mappings",
        "workflows", "repositories", "prs", "prs_commits", "prs_reviews", "prs_comments", "wits_prs_links",
    ]

    /// Each world runs several programs of a debug build; more of them at once than this only wait for one another, and what has
    /// to happen within seconds does not.
    private static let places = Places(2 * max(2, ProcessInfo.processInfo.activeProcessorCount))

    /// Gives `body` a migrated world and takes it away afterwards. Waits while there are two worlds for each processor.
    ///
    /// - Parameter sandbox: arguments of `pulse sandbox`.
    static func with<R: Sendable>(
        sandbox arguments: [String] = [],
        environment extra: [String: String] = [:],
        _ body: (World) async throws -> R
    ) async throws -> R {
        guard let executable = Surroundings.executable, let qdrant = Surroundings.qdrantURL else {
            throw TestFailure("PULSE_BIN and PULSE_TEST_QDRANT_URL are not set; Scripts/test sets them")
        }
        await Self.places.take()
        defer { Self.places.give() }
        let mark = String(UUID().uuidString.lowercased().prefix(13))
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("pulse-e2e-\(mark)").path
        try FileManager.default.createDirectory(atPath: folder + "/providers", withIntermediateDirectories: true)
        let database = try await ScratchDatabase.make()
        var environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("PULSE_") }
        environment["PULSE_DATABASE_URL"] = database.url
        environment["PULSE_QDRANT_URL"] = qdrant
        environment["PULSE_PROVIDERS_DIR"] = folder + "/providers"
        environment["PULSE_PROVIDER"] = "played"
        environment["PULSE_MIGRATIONS_DIR"] = Surroundings.migrations
        environment["PULSE_LOG_LEVEL"] = "error"
        environment["PULSE_DATABASE_CONNECTIONS"] = "4"
        environment["E2E_TOKEN"] = "a token"
        environment["E2E_PROVIDER_KEY"] = "a key"
        environment.merge(extra) { $1 }
        let result: Result<R, any Error>
        do {
            let sandbox = try await SandboxServer.start(executable, arguments, environment: environment, folder: folder)
            let world = World(
                database: database,
                sandbox: sandbox,
                folder: folder,
                space: "e2e-\(mark)",
                environment: environment
            )
            result = await world.settled(body)
            _ = try? await sandbox.stop()
            _ = try? await LoopbackHTTP.send("DELETE", "\(qdrant)/collections/\(world.collection)")
        } catch {
            result = .failure(error)
        }
        try await database.drop()
        try? FileManager.default.removeItem(atPath: folder)
        return try result.get()
    }

    private func settled<R: Sendable>(_ body: (World) async throws -> R) async -> Result<R, any Error> {
        do {
            try self.write(self.provider(id: "played", base: self.sandbox.url + "/embeddings"), to: "providers/played.json")
            try await self.pulse("migrate")
            return .success(try await body(self))
        } catch {
            return .failure(error)
        }
    }

    var collection: String { "pulse_" + self.space }
    var qdrant: String { self.environment["PULSE_QDRANT_URL"] ?? "" }

    /// A provider in OpenAI's shape, in this world's space.
    func provider(id: String, base: String) -> JSON {
        [
            "id": .text(id), "name": "Played by the sandbox", "kind": "http", "verified": "documentation",
            "space": ["name": .text(self.space), "dimensions": 64], "model": "played",
            "request": [
                "url": .text(base + "/v1/embeddings"),
                "body": [
                    "model": "{{model}}", "input": "{{texts}}", "dimensions": "{{dimensions}}", "encoding_format": "base64",
                ],
            ],
            "authorization": ["kind": "bearer", "secret": "env:E2E_PROVIDER_KEY"],
            "response": [
                "vectors": "data[*].embedding", "index": "data[*].index", "encoding": "base64",
                "usage": ["from": "path", "path": ["usage.total_tokens"]],
            ],
            "errors": ["message": "error.message", "code": ["error.code"]],
            "limits": ["items": 256, "tokensPerItem": 512, "tokensPerRequest": 300_000, "concurrency": 2],
        ]
    }

    func github(_ sandbox: SandboxServer) -> JSON {
        ["kind": "github", "base_url": .text(sandbox.url + "/github"), "organization": "acme", "token": "env:E2E_TOKEN"]
    }

    func jira(_ sandbox: SandboxServer) -> JSON {
        [
            "kind": "jira", "base_url": .text(sandbox.url + "/jira"), "email": "reader@acme.example",
            "api_token": "env:E2E_TOKEN",
        ]
    }

    // MARK: Files

    @discardableResult
    func write(_ json: JSON, to name: String) throws -> String { try self.write(json.serialized, to: name) }

    /// - Returns: the path.
    @discardableResult
    func write(_ text: String, to name: String) throws -> String {
        let path = "\(self.folder)/\(name)"
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        return path
    }

    // MARK: Running

    /// Starts `pulse` with these arguments.
    func start(_ arguments: [String], environment: [String: String] = [:]) throws -> RunningProgram {
        try RunningProgram(
            Surroundings.executable ?? "",
            arguments,
            environment: self.environment.merging(environment) { $1 }.filter { !$0.value.isEmpty },
            folder: self.folder
        )
    }

    /// Runs `pulse` to its end, whatever that is.
    ///
    /// - Parameter environment: changes this world's; an empty value takes a variable away.
    func outcome(_ arguments: [String], environment: [String: String] = [:], atMost limit: Duration = .seconds(120)) async throws
        -> RunningProgram.Outcome
    {
        try await self.start(arguments, environment: environment).wait(atMost: limit)
    }

    /// Runs `pulse`, which must end well.
    @discardableResult
    func pulse(_ arguments: String..., environment: [String: String] = [:]) async throws -> RunningProgram.Outcome {
        let outcome = try await self.outcome(arguments, environment: environment)
        guard outcome.status == 0 else {
            throw TestFailure(
                "`pulse \(arguments.joined(separator: " "))` ended with \(outcome.status.map(String.init) ?? "a signal"): "
                    + outcome.errors.suffix(2_000) + outcome.output.suffix(2_000)
            )
        }
        return outcome
    }

    // MARK: Tenants

    /// Makes a tenant with an integration of each kind.
    func tenant(_ name: String, kinds: [String] = ["github", "jira"], of sandbox: SandboxServer? = nil) async throws -> Tenant {
        let made = try await self.pulse("tenant", "create", name, "--json").json()
        guard let identifier = made["id"].text, let key = made["api_key"].text else { throw TestFailure("no key: \(made)") }
        let sandbox = sandbox ?? self.sandbox
        for kind in kinds {
            let definition = kind == "github" ? self.github(sandbox) : self.jira(sandbox)
            let file = try self.write(definition, to: "\(name)-\(kind).json")
            try await self.pulse("integration", "add", "--tenant", name, file)
        }
        return Tenant(name: name, identifier: identifier, key: key)
    }

    /// - Returns: what `sync --json` says of the integration.
    @discardableResult
    func sync(_ kind: String, _ tenant: Tenant) async throws -> JSON {
        try await self.pulse("sync", kind, "--tenant", tenant.name, "--json").json()[0]
    }

    /// - Parameter batch: rows a claim; with all of them in one, no two lanes can have the same text in hand.
    @discardableResult
    func drain(_ tenant: Tenant, batch: Int = 128, environment: [String: String] = [:]) async throws -> JSON {
        try await self.pulse(
            "vectorize",
            "--tenant",
            tenant.name,
            "--drain",
            "--json",
            "--batch",
            "\(batch)",
            environment: environment
        ).json()
    }

    /// What `status --json` says, whether or not all is complete.
    func status(_ tenant: Tenant) async throws -> JSON {
        try await self.outcome(["status", "--tenant", tenant.name, "--json"]).json()
    }

    /// The hits of `search --json`.
    func search(_ query: String, _ tenant: Tenant, mode: String = "hybrid", limit: Int = 100) async throws -> [JSON] {
        try await self.pulse("search", query, "--tenant", tenant.name, "--mode", mode, "--limit", "\(limit)", "--json").json()[
            "hits"
        ]
        .list
    }

    // MARK: What stands

    /// The same world, whose points are looked for in another space.
    func looking(at space: String) -> World {
        World(database: self.database, sandbox: self.sandbox, folder: self.folder, space: space, environment: self.environment)
    }

    /// All points of a tenant.
    ///
    /// - Parameter orNone: takes a collection that is not there for an empty one.
    func points(of tenant: Tenant, orNone: Bool = false) async throws -> [IndexedPoint] {
        var points: [IndexedPoint] = []
        var offset = JSON.null
        repeat {
            let answer = try await LoopbackHTTP.send(
                "POST",
                "\(self.qdrant)/collections/\(self.collection)/points/scroll",
                body: [
                    "filter": ["must": [["key": "tenant_id", "match": ["value": .text(tenant.identifier)]]]], "limit": 1_000,
                    "with_payload": true, "with_vector": false, "offset": offset,
                ]
            )
            if orNone, answer.status == 404 { return [] }
            guard answer.status == 200 else { throw TestFailure("Qdrant answered \(answer.status): \(answer.body)") }
            let result = try answer.json()["result"]
            points += try result["points"].list.map(IndexedPoint.init)
            offset = result["next_page_offset"]
        } while offset != .null
        return points
    }

    /// What all points of a tenant are of, sorted, with whatever is there twice.
    func content(of tenant: Tenant) async throws -> [IndexedPoint.Content] {
        try await self.points(of: tenant).map(\.content).sorted()
    }

    /// `entity chunk hash` of each line of the ledger in this space, sorted.
    func ledger(of tenant: Tenant) async throws -> [String] {
        try await self.database.texts(
            """
            SELECT concat_ws(' ', entity, chunk, encode(content_hash, 'hex')) FROM qdrant_vectors
            WHERE tenant_id = $1::text::uuid AND space = $2::text
            """,
            [.text(tenant.identifier), .text(self.space)]
        ).sorted()
    }

    /// All rows of a tenant's tables without what differs between two tenants, sorted.
    func rows(of tenant: Tenant) async throws -> [String] {
        var rows: [String] = []
        for table in Self.tables {
            rows += try await self.database.texts(
                """
                SELECT concat('\(table) ', to_jsonb(t) - ARRAY['entity', 'tenant_id', 'integration_id', 'fetched_at', 'created_at',
                    'last_updated_at'])
                FROM \(table) t WHERE tenant_id = $1::text::uuid
                """,
                [.text(tenant.identifier)]
            ).sorted()
        }
        return rows
    }

    /// How many rows a tenant has in the queue, of a status or of all.
    func queued(_ tenant: Tenant, where condition: String = "true") async throws -> Int {
        try await self.database.count(
            "SELECT count(*) FROM vectorization_queue WHERE tenant_id = $1::text::uuid AND \(condition)",
            [.text(tenant.identifier)]
        )
    }
}
