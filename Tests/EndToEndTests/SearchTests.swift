import Testing

@Suite("Searching", .inSurroundings, .serialized)
struct SearchTests {
    @Test("Keys, filters, groups, links and explanations of a served search; words answer where the provider is away")
    func served() async throws {
        try await World.with { world in
            let tenant = try await world.tenant("acme")
            for kind in ["github", "jira"] { try await world.sync(kind, tenant) }
            try await world.drain(tenant)
            let tie = try #require(
                try await world.database.texts(
                    """
                    SELECT l.work_item_key || ' ' || p.external_id FROM wits_prs_links l
                    JOIN prs p ON p.repository = l.repo_full_name AND p.number = l.pr_number ORDER BY 1 LIMIT 1
                    """
                ).first
            )
            let (issue, pull) = (String(tie.prefix { $0 != " " }), String(tie.drop { $0 != " " }.dropFirst()))
            func search(_ query: String, _ options: String...) async throws -> JSON { try await search(query, options) }
            func search(_ query: String, _ options: [String]) async throws -> JSON {
                try await world.outcome(["search", query, "--tenant", tenant.name, "--json"] + options).json()
            }

            // A key names its entity wherever it stands, with what is linked to it.
            let named = try await search("what became of \(issue) after all?")["hits"][0]
            #expect(named["external_id"].text == issue && named["why"]["key"] == true)
            #expect(named["linked"].list.contains { $0["external_id"].text == pull })
            let other = try await search(pull)["hits"][0]
            #expect(other["external_id"].text == pull && other["why"]["key"] == true)
            #expect(other["linked"].list.contains { $0["external_id"].text == issue })

            // Named twice, it has one place of two.
            let twice = try await search("\(pull) \(pull.uppercased())", "--limit", "2")["hits"].list
            #expect(twice.count == 2 && twice.first?["external_id"].text == pull, "\(twice)")
            #expect(twice.last?["external_id"].text != pull, "\(twice)")

            // A filter lets a key pass that it allows, and no other.
            let allowed = try await search(issue, "--table", "work_items")["hits"].list
            #expect(allowed.first?["external_id"].text == issue && allowed.first?["why"]["key"] == true)
            #expect(allowed.allSatisfy { $0["table"] == "work_items" })
            let refused = try await search(issue, "--table", "prs")["hits"].list
            #expect(!refused.isEmpty && refused.allSatisfy { $0["table"] == "prs" && $0["why"]["key"] == false })

            // Each hit says what speaks for it; the best stands first; an entity stands once.
            let hits = try await search("the gateway timed out", "--limit", "30")["hits"].list
            #expect(hits.count == 30)
            #expect(hits.allSatisfy { $0["why"]["dense"].number != nil || $0["why"]["lexical"].number != nil })
            let scores = hits.compactMap(\.["score"].number)
            #expect(scores == scores.sorted(by: >) && scores.allSatisfy { (0...1).contains($0) })
            let names = hits.map { "\($0["table"].text ?? "") \($0["external_id"].text ?? "")" }
            #expect(Set(names).count == names.count)

            // Filters of every kind let through what they say and nothing else.
            let points = try await world.points(of: tenant)
            func payloads(_ hits: [JSON]) -> [[JSON]] {
                hits.map { hit in
                    points.filter {
                        $0.content.table == hit["table"].text && $0.content.externalID == hit["external_id"].text
                    }.map(\.payload)
                }
            }
            for source in ["jira", "github"] {
                let some = payloads(try await search("the gateway timed out", "--source", source)["hits"].list)
                #expect(!some.isEmpty && some.allSatisfy { $0.contains { $0["source"].text == source } }, "\(source)")
            }
            for key in ["project", "repository", "author", "status"] {
                let value = try #require(points.lazy.compactMap { $0.payload[key].text }.first)
                let some = payloads(try await search("the gateway timed out", "--\(key)", value)["hits"].list)
                #expect(!some.isEmpty && some.allSatisfy { $0.contains { $0[key].text == value } }, "\(key) \(value)")
            }
            let days = points.compactMap { $0.payload["updated_at"].text?.prefix(10) }.sorted()
            let day = String(days[days.count / 2])
            let later = payloads(try await search("the gateway timed out", "--from", day)["hits"].list)
            #expect(!later.isEmpty && later.allSatisfy { $0.contains { ($0["updated_at"].text ?? "") >= day } }, "\(day)")
            let before = payloads(try await search("the gateway timed out", "--to", day)["hits"].list)
            #expect(!before.isEmpty && before.allSatisfy { $0.contains { ($0["updated_at"].text ?? "9") < day } }, "\(day)")

            // Without groups each passage is a hit.
            let parted = try #require(points.first { $0.content.chunk == 1 })
            // Words of both.
            let whole = points.filter { $0.entity == parted.entity && $0.content.chunk < 2 }
                .reduce("What of ") { $0 + $1.text.suffix(300) }
            let narrow = ["--table", parted.content.table, "--mode", "lexical", "--limit", "100"]
            let passages = try await search(whole, narrow + ["--group", "none"])["hits"].list
            #expect(passages.count { $0["external_id"].text == parted.content.externalID } > 1)
            let grouped = try await search(whole, narrow)["hits"].list
            #expect(
                grouped.count { $0["external_id"].text == parted.content.externalID && $0["table"].text == parted.content.table }
                    == 1
            )
            #expect(try await world.outcome(["search", "x", "--tenant", tenant.name, "--group", "chunk"]).status != 0)

            // A long question is asked in parts, and finds what one of them says.
            let point = try #require(try await world.points(of: tenant).first { $0.content.table == "work_items" })
            let filler = (1...60).map { "Line \($0) talks of marmots, otters and quokkas at the lighthouse." }
            let long = (filler.prefix(30) + [String(point.text.prefix(200))] + filler.suffix(30)).joined(separator: "\n")
            let found = try await search(String(long.prefix(4_000)), "--mode", "lexical", "--limit", "5")["hits"].list
            #expect(found.contains { $0["external_id"].text == point.content.externalID })

            // The provider is away.
            try await world.sandbox.stop()
            let words = try await search("gateway timed out")
            let degraded = try #require(words["degraded"].text)
            #expect(degraded.hasPrefix("by words only") && !degraded.contains("127.0.0.1"), "no host is named: \(degraded)")
            #expect(!words["hits"].list.isEmpty)
            #expect(words["hits"].list.allSatisfy { $0["why"]["lexical"].number != nil && $0["why"]["dense"] == .null })
            let meaning = try await world.outcome(["search", "gateway", "--tenant", tenant.name, "--mode", "semantic", "--json"])
            #expect(meaning.status != 0 && !meaning.errors.contains("127.0.0.1"), "\(meaning.errors)")
            let learned = try await world.database.texts("SELECT specific_issue FROM ai_learning_memory")
            #expect(!learned.contains { $0.contains("127.0.0.1") }, "\(learned)")
        }
    }
}
