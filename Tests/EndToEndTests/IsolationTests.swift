import Testing

@Suite("Tenants", .inSurroundings, .serialized)
struct IsolationTests {
    @Test("No search of a tenant, in any mode or by key, has a hit of another")
    func isolation() async throws {
        try await World.with { world in
            let other = try await SandboxServer.start(
                Surroundings.executable ?? "",
                ["--seed", "2"],
                environment: world.environment,
                folder: world.folder
            )
            do {
                try await self.isolation(world, other)
                try await other.stop()
            } catch {
                try await other.stop()
                throw error
            }
        }
    }

    private func isolation(_ world: World, _ other: SandboxServer) async throws {
        let first = try await world.tenant("first")
        let twin = try await world.tenant("twin")
        let stranger = try await world.tenant("stranger", kinds: ["jira"], of: other)
        for tenant in [first, twin] {
            for kind in ["github", "jira"] { try await world.sync(kind, tenant) }
        }
        try await world.sync("jira", stranger)
        // The twin and the stranger know things that the first does not.
        let key = try #require(
            try await world.database.texts("SELECT key FROM work_items WHERE key LIKE 'PAY-%' ORDER BY key LIMIT 1").first
        )
        try await world.sandbox.patchIssue(
            key,
            ["summary": "Axolotls regrow the invoice", "description": "Salamander payments."]
        )
        try await world.sync("jira", twin)
        for tenant in [first, twin, stranger] {
            try await world.drain(tenant)
            try await expectComplete(tenant, in: world)
        }

        let tenants = [first, twin, stranger]
        var titles: [String: [String: Set<String>]] = [:]
        for tenant in tenants {
            for point in try await world.points(of: tenant) {
                titles[tenant.name, default: [:]]["\(point.content.table) \(point.content.externalID)", default: []].insert(
                    point.title
                )
            }
        }
        let mark = "Axolotls"
        for tenant in tenants {
            for mode in ["hybrid", "semantic", "lexical"] {
                for query in ["axolotls regrow the invoice salamander", "customers were charged twice", key] {
                    let hits = try await world.search(query, tenant, mode: mode)
                    let names = hits.map { "\($0["table"].text ?? "") \($0["external_id"].text ?? "")" }
                    #expect(names.count == Set(names).count, "\(tenant.name) \(mode) \(query): a hit is there twice")
                    for (name, hit) in zip(names, hits) {
                        let title = hit["title"].text ?? ""
                        #expect(
                            titles[tenant.name]?[name]?.contains(title) == true,
                            "\(tenant.name) \(mode) \(query): \(name) is not its own: \(title)"
                        )
                    }
                    let knows = hits.contains {
                        $0["title"].text?.contains(mark) == true || $0["snippet"].text?.contains(mark) == true
                    }
                    if tenant.name != "twin" { #expect(!knows, "\(tenant.name) \(mode) \(query)") }
                    if tenant.name == "twin", query.hasPrefix("axolotls"), mode != "semantic" { #expect(knows, "\(mode)") }
                }
            }
        }
        // Neither does a key that only others have name anything.
        let pull = try #require(
            try await world.database.texts("SELECT external_id FROM prs ORDER BY external_id LIMIT 1").first
        )
        for mode in ["hybrid", "semantic", "lexical"] {
            let hits = try await world.search(pull, stranger, mode: mode)
            #expect(!hits.contains { $0["why"]["key"] == true || $0["external_id"].text == pull }, "\(mode)")
            // By meaning alone, keys are no names.
            if mode != "semantic" {
                #expect(try await world.search(pull, first, mode: mode).first?["external_id"].text == pull, "\(mode)")
            }
        }
        // A tenant's count is its own.
        for tenant in tenants {
            let rows = try await world.status(tenant)["tables"].list.reduce(0) { $0 + ($1["points"].int ?? 0) }
            #expect(rows == (try await world.points(of: tenant).count))
        }
    }
}
