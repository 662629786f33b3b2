import Testing

@Suite("Backup", .inSurroundings)
struct BackupTests {
    @Test(
        "An engine without snapshots is said to have none, in one line",
        .enabled("only the project's engine is sure to have none") { await Surroundings.qdrantTakesFaults() }
    )
    func noSnapshots() async throws {
        try await World.with { world in
            let tenant = try await world.tenant("acme", kinds: ["jira"])
            try await world.sync("jira", tenant)
            try await world.drain(tenant)
            let outcome = try await world.outcome(["backup", world.folder + "/backup", "--collection", world.collection])
            #expect(outcome.status == 1)
            #expect(outcome.errors.contains("has no snapshots") && outcome.errors.split(separator: "\n").count == 1, "\(outcome)")
            let nothing = try await world.outcome(["restore", world.folder + "/backup", "--yes"])
            #expect(nothing.status == 1 && nothing.errors.contains("manifest.json"), "\(nothing)")
        }
    }

    @Test("After an older database was restored, the generations go on above every point's, and changes are indexed")
    func lifting() async throws {
        try await World.with { world in
            let tenant = try await world.tenant("acme", kinds: ["jira"])
            try await world.sync("jira", tenant)
            try await world.drain(tenant)
            let greatest = try #require(try await world.points(of: tenant).map(\.generation).max())
            try await world.database.query("SELECT setval('vectorization_generation', 1)")
            let restored = try await world.pulse("restore", "--json").json()
            #expect(restored["was_lifted"] == true && (restored["greatest_generation"].int ?? 0) >= greatest)
            #expect(try await world.database.count("SELECT last_value FROM vectorization_generation") >= greatest)
            let key = try #require(try await world.database.texts("SELECT key FROM work_items ORDER BY key LIMIT 1").first)
            try await world.sandbox.patchIssue(key, ["summary": "Badgers audit the ledger"])
            try await world.sync("jira", tenant)
            try await world.drain(tenant)
            try await expectComplete(tenant, in: world)
            #expect(try await world.outcome(["audit", "--tenant", "acme"]).status == 0)
        }
    }

    @Test("A dump of PostgreSQL, restored elsewhere, is audited as the original was, and goes on from there")
    func roundTrip() async throws {
        try await World.with { world in
            let tenants = [try await world.tenant("acme"), try await world.tenant("other", kinds: ["jira"])]
            for kind in ["github", "jira"] { try await world.sync(kind, tenants[0]) }
            try await world.sync("jira", tenants[1])
            for tenant in tenants { try await world.drain(tenant) }
            func audit(_ tenant: World.Tenant, _ environment: [String: String] = [:]) async throws -> JSON {
                try await world.pulse("audit", "--tenant", tenant.name, "--json", environment: environment).json()["tables"]
            }
            let before = [try await audit(tenants[0]), try await audit(tenants[1])]
            #expect(!before[0].list.isEmpty || !before[0].members.isEmpty)
            let rows = try await world.rows(of: tenants[0])

            let dump = world.folder + "/pulse.dump"
            let copy = try await ScratchDatabase.make()
            do {
                for (program, arguments) in [
                    ("pg_dump", ["--format=custom", "--enable-row-security", "--file", dump, "--dbname", world.database.url]),
                    ("pg_restore", ["--exit-on-error", "--dbname", copy.url, dump]),
                ] {
                    let outcome = try await RunningProgram(
                        try #require(Surroundings.postgres(program)),
                        arguments,
                        environment: world.environment,
                        folder: world.folder
                    ).wait()
                    try #require(outcome.status == 0, "\(outcome.errors)")
                }
                let elsewhere = ["PULSE_DATABASE_URL": copy.url]
                try await world.pulse("migrate", environment: elsewhere)
                _ = try await world.pulse("restore", "--json", environment: elsewhere)
                for (tenant, known) in zip(tenants, before) {
                    let found = try await audit(tenant, elsewhere)
                    #expect(found == known, "\(tenant.name)")
                }
                let restored = try await World(
                    database: copy,
                    sandbox: world.sandbox,
                    folder: world.folder,
                    space: world.space,
                    environment: world.environment.merging(elsewhere) { $1 }
                ).rows(of: tenants[0])
                #expect(restored == rows)
                // And goes on: what changes in the source is indexed.
                let key = try #require(try await copy.texts("SELECT key FROM work_items ORDER BY key LIMIT 1").first)
                try await world.sandbox.patchIssue(key, ["summary": "Otters inspect the restored ledger"])
                try await world.pulse("sync", "jira", "--tenant", tenants[0].name, environment: elsewhere)
                try await world.drain(tenants[0], environment: elsewhere)
                #expect(try await world.outcome(["audit", "--tenant", tenants[0].name], environment: elsewhere).status == 0)
                try await copy.drop()
            } catch {
                try? await copy.drop()
                throw error
            }
        }
    }
}
