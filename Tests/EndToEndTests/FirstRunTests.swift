import Testing

@Suite("A first run", .inSurroundings, .serialized)
struct FirstRunTests {
    @Test("Everything that the sources have is in the index, and doing it again changes nothing")
    func firstRun() async throws {
        try await World.with { world in
            let tenant = try await world.tenant("acme")
            for kind in ["github", "jira"] {
                let report = try await world.sync(kind, tenant)
                #expect((report["written"].int ?? 0) > 0)
                #expect(report["rejected"] == 0)
            }
            let waiting = try await world.queued(tenant)
            let drained = try await world.drain(tenant)
            #expect(drained["indexed"].int == waiting)
            #expect(drained["failed"] == 0)

            try await expectComplete(tenant, in: world)
            let tables = try await world.status(tenant)["tables"].list
            #expect(tables.compactMap(\.["table"].text).sorted() == World.tables.sorted())
            for table in tables {
                #expect((table["rows"].int ?? 0) > 0, "\(table["table"])")
                #expect(table["rows"] == table["entities_with_points"], "\(table["table"])")
            }

            // The log of one issue fills hundreds of chunks with these words: it is one hit, and leaves room for nine others.
            for mode in ["hybrid", "semantic"] {
                let hits = try await world.search("gateway did not answer within 30000 ms", tenant, mode: mode, limit: 10)
                #expect(hits.count == 10, "\(mode)")
                #expect(Set(hits.compactMap(\.["external_id"].text)).count == 10, "\(mode)")
            }

            let before = try await world.points(of: tenant).map { "\($0.identifier) \($0.generation)" }
            for kind in ["github", "jira"] {
                let report = try await world.sync(kind, tenant)
                #expect(report["written"] == 0, "\(kind)")
                #expect(report["queued"] == 0, "\(kind)")
                // GitHub answers conditional questions with 304, and nothing is read again.
                if kind == "jira" { #expect((report["unchanged"].int ?? 0) > 0, "\(kind)") }
            }
            #expect(try await world.drain(tenant)["indexed"] == 0)
            #expect(try await world.points(of: tenant).map { "\($0.identifier) \($0.generation)" } == before)
            #expect(try await world.pulse("migrate", "--json").json()["applied"] == [])
        }
    }

    @Test(
        "Recorded answers of the real GitHub and Jira are taken without losing a record",
        .enabled(if: Surroundings.recordings != nil, "the recordings stand beside the project, not in it")
    )
    func recordedData() async throws {
        try await World.with(sandbox: ["--recorded", Surroundings.recordings ?? ""]) { world in
            let tenant = try await world.tenant("recorded", kinds: ["jira"])
            var github = world.github(world.sandbox).members
            github["organization"] = nil
            github["repositories"] = ["panjf2000/ants"]
            try await world.pulse(
                "integration",
                "add",
                "--tenant",
                tenant.name,
                try world.write(.object(github), to: "ants.json")
            )
            for kind in ["github", "jira"] {
                let report = try await world.sync(kind, tenant)
                #expect(report["rejected"] == 0, "\(kind): \(report)")
                #expect(report["failures"] == [], "\(kind)")
            }
            try await world.drain(tenant)
            try await expectComplete(tenant, in: world)

            var rows: [String: Int] = [:]
            for table in try await world.status(tenant)["tables"].list { rows[table["table"].text ?? ""] = table["rows"].int }
            // As counted in the recordings: distinct objects, not lines.
            #expect(rows["repositories"] == 1)
            #expect(rows["prs"] == 49)
            #expect(rows["prs_commits"] == 90)
            #expect(rows["prs_reviews"] == 30)
            #expect(rows["prs_comments"] == 16 + 46)
            #expect(rows["work_items"] == 33)
            #expect(rows["statuses"] == 53)
            // Twelve are listed; three issues are of one that is not.
            #expect(rows["projects"] == 13)
            #expect(rows["changelogs"] == 522)
            for kind in ["github", "jira"] {
                let report = try await world.sync(kind, tenant)
                #expect(report["written"] == 0, "\(kind)")
                #expect(report["queued"] == 0, "\(kind)")
            }
        }
    }
}
