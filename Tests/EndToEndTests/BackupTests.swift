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

    @Test("After an older database was restored, the generations go on above every point's, and changes are indexed (§14: 1, 5)")
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
}
