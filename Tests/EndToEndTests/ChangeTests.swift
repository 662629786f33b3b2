import Testing

@Suite("Changes", .inSurroundings, .serialized)
struct ChangeTests {
    @Test("A changed issue and a changed pull request are found by their new text, and by nothing of the old")
    func changes() async throws {
        try await World.with { world in
            let tenant = try await world.tenant("acme")
            for kind in ["github", "jira"] { try await world.sync(kind, tenant) }
            try await world.drain(tenant)

            let points = try await world.points(of: tenant)
            // Of several chunks, so that the new, short text leaves surplus ones.
            let issue = try #require(points.first { $0.content.table == "work_items" && $0.content.chunk > 0 }).content.externalID
            let pull = try #require(points.first { $0.content.table == "prs" && $0.content.chunk > 0 }).content.externalID
            let parts = pull.split(separator: "#")
            let number = try #require(parts.last.flatMap { Int($0) })
            try await world.sandbox.patchIssue(
                issue,
                ["summary": "Quokkas nibble the ledger", "description": "Seen at dawn by the lighthouse keeper."]
            )
            try await world.sandbox.patchPull(
                String(parts[0]),
                number,
                ["title": "Teach wombats to reconcile", "body": "They dig in cubes."]
            )
            for kind in ["github", "jira"] { #expect((try await world.sync(kind, tenant)["written"].int ?? 0) > 0, "\(kind)") }
            try await world.drain(tenant)
            try await expectComplete(tenant, in: world)

            let after = try await world.points(of: tenant)
            for (table, name, words) in [("work_items", issue, "quokkas lighthouse"), ("prs", pull, "wombats cubes")] {
                func of(_ points: [IndexedPoint]) -> [IndexedPoint] {
                    points.filter { $0.content.table == table && $0.content.externalID == name }
                }
                let (old, new) = (of(points), of(after))
                #expect(old.count > 1)
                try #require(new.count == 1, "\(name) has become short")
                let newest = try #require(old.map(\.generation).max())
                #expect(new.allSatisfy { $0.generation > newest })
                let title = try #require(old.first).title
                #expect(!new.contains { $0.title == title || $0.text.contains(title) })
                #expect(Set(new.map(\.content.hash)).isDisjoint(with: old.map(\.content.hash)))
                for mode in ["hybrid", "lexical"] {
                    let hits = try await world.search(words, tenant, mode: mode)
                    #expect(hits.contains { $0["external_id"].text == name && $0["title"] == .text(new[0].title) }, "\(mode)")
                    // The vectors of the sandbox know words, not meanings: only by words the first place is earned.
                    if mode == "lexical" { #expect(hits.first?["external_id"].text == name) }
                    #expect(!hits.contains { $0["external_id"].text == name && $0["title"].text == title }, "\(mode)")
                }
            }
        }
    }

    @Test(
        "A queue row whose entity is gone without a trace completes as a deletion: its points go, and its place in the ledger"
    )
    func vanishedEntity() async throws {
        try await World.with { world in
            let tenant = try await world.tenant("acme", kinds: ["jira"])
            try await world.sync("jira", tenant)
            try await world.drain(tenant)
            let before = try await world.points(of: tenant)
            let victim = try #require(before.first { $0.content.table == "changelogs" }).content.externalID
            // As nothing of Pulse does it: neither a tombstone nor a word to the queue but a hint that claims an update.
            _ = try await world.database.texts(
                """
                WITH gone AS (DELETE FROM changelogs WHERE external_id = $1::text RETURNING *)
                INSERT INTO vectorization_queue (tenant_id, integration_id, source, table_name, external_id, entity, operation)
                SELECT tenant_id, integration_id, 'jira', 'changelogs', external_id, entity, 'update' FROM gone
                RETURNING external_id
                """,
                [.text(victim)]
            )
            try await world.drain(tenant)
            #expect(try await world.queued(tenant) == 0)
            let after = try await world.points(of: tenant)
            #expect(!after.contains { $0.content.table == "changelogs" && $0.content.externalID == victim })
            #expect(after.count < before.count)
            #expect(try await world.ledger(of: tenant).count == after.count)
            try await expectComplete(tenant, in: world)
        }
    }
}
