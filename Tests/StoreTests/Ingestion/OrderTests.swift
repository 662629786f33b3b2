import Foundation
import PulseModel
import Store
import TestSupport
import Testing

@Suite("The order of pages does not matter", .enabled(if: TestDatabase.isAvailable), .timeLimit(.minutes(10)))
// Needs PULSE_TEST_DATABASE_URL.
struct OrderTests {
    private enum Source { case jira, github }

    /// Two versions of a small world, page by page: names change, a repository is renamed, a key is taken out of a pull request.
    private static let pages: [(Source, IngestionPage)] = [
        (
            .jira,
            World.page(at: 1) {
                $0.projects = [World.project()]
                $0.workItemTypes = [World.type(), World.type("4", name: "Epos", english: "Epic", level: 1)]
                $0.statuses = [World.status(), World.status("6", name: "Done", category: "done")]
                $0.derivesConfiguration = true
            }
        ),
        (
            .jira,
            World.page(at: 8) {
                $0.projects = [World.project(name: "Payments and refunds")]
                $0.workItemTypes = [World.type(name: "Defect"), World.type("4", name: "Epos", english: "Epic", level: 1)]
                $0.statuses = [World.status(name: "To do"), World.status("6", name: "Done", category: "done")]
                $0.derivesConfiguration = true
            }
        ),
        (.jira, World.page(at: 2) { $0.workItems = [World.issue("1", "PAY-1", "Reliability", updated: 1)] }),
        (.jira, World.page(at: 9) { $0.workItems = [World.issue("1", "PAY-1", "Reliability of payments", updated: 5)] }),
        (
            .jira,
            World.page(at: 3) { $0.workItems = [World.issue("2", "PAY-2", parent: ("1", "PAY-1")), World.issue("3", "PAY-3")] }
        ),
        (.jira, World.page(at: 3) { $0.changelogs = [World.change("70", of: "2"), World.change("71", of: "1")] }),
        (.jira, World.page(at: 4) { $0.links = [World.panelLink("3", "PAY-3", 5, repository: "acme/web")] }),
        (.github, World.page(at: 1) { $0.repositories = [World.repository(updated: 0)] }),
        (.github, World.page(at: 7) { $0.repositories = [World.repository(name: "acme/backend", updated: 6)] }),
        (
            .github,
            World.page(at: 2) {
                $0.pullRequests = [World.pull(57, "PAY-1 and PAY-2", updated: 1), World.pull(58, updated: 1)]
                $0.mentions = [
                    World.mentions(57, ["PAY-1": .title, "PAY-2": .title, "UTF-8": .commit]), World.mentions(58, [:]),
                ]
            }
        ),
        (
            .github,
            World.page(at: 9) {
                $0.pullRequests = [World.pull(57, "PAY-2", repository: "acme/backend", state: .merged, updated: 5)]
                $0.mentions = [World.mentions(57, ["PAY-2": .branch])]
            }
        ),
        (
            .github,
            World.page(at: 2) { $0.commits = [World.commit("a", of: 57), World.commit("b", of: 57), World.commit("a", of: 58)] }
        ),
        (.github, World.page(at: 3) { $0.reviews = [World.review("8", of: 57)] }),
        (.github, World.page(at: 9) { $0.reviews = [World.review("8", of: 57, body: "Fine")] }),
        (
            .github,
            World.page(at: 3) {
                $0.comments = [World.comment("9", of: 57), World.comment("9", of: 58, kind: .review, updated: 2)]
            }
        ),
        (.github, World.page(at: 3) { $0.comments = [World.comment("9", of: 57, body: "Hm!", updated: 4)] }),
    ]

    private static func write(_ order: [Int], into world: World) async throws {
        for index in order {
            let (source, page) = Self.pages[index]
            let integration = source == .jira ? world.tenant.jira : world.tenant.github
            _ = try await world.store.write(page, tenant: world.tenant.id, integration: integration)
        }
    }

    /// Rows and documents without the ids that differ from database to database.
    private static func outcome(of world: World) async throws -> [String] {
        let tenant = world.tenant
        return try await (world.rows() + world.allDocuments()).map { line in
            var line = line
            for (id, name) in [(tenant.id, "T"), (tenant.jira, "J"), (tenant.github, "G")] {
                line = line.replacing(id.uuidString.lowercased(), with: name)
            }
            return line
        }.sorted()
    }

    @Test("Any order of the pages, with repetitions, ends in the same rows, links and documents, all of them queued")
    func shuffled() async throws {
        let inOrder = Self.pages.indices.sorted { Self.pages[$0].1.fetchedAt < Self.pages[$1].1.fetchedAt }
        var expected: [String] = []
        try await World.with { world in
            try await Self.write(inOrder, into: world)
            expected = try await Self.outcome(of: world)
            #expect(try await world.links() == ["PAY-2~acme/backend#57 key", "PAY-3~acme/web#5 dev-status"])
        }
        for seed in 0..<24 {
            try await World.with { world in
                var dice = SeededRandom(seed: UInt64(seed))
                var order = seed == 0 ? inOrder.reversed() : Array(inOrder).shuffled(using: &dice)
                order.insert(order.randomElement(using: &dice) ?? 0, at: Int.random(in: 0...order.count, using: &dice))
                try await Self.write(order, into: world)
                let outcome = try await Self.outcome(of: world)
                let difference = Set(outcome).symmetricDifference(expected).sorted()
                #expect(difference.isEmpty, "seed \(seed), order \(order): \(difference)")
                // What stands is queued under its present name.
                let tables = EntityTable.allCases.map {
                    "SELECT entity, external_id FROM \($0.rawValue) WHERE deleted_at IS NULL"
                }
                let unqueued = try await world.database.count(
                    """
                    SELECT count(*) FROM (\(tables.joined(separator: " UNION ALL "))) t
                    WHERE NOT EXISTS (SELECT FROM vectorization_queue q WHERE q.entity = t.entity AND q.external_id = t.external_id)
                    """
                )
                #expect(unqueued == 0, "seed \(seed)")
            }
        }
    }

    @Test("What is indexed is never older than what stands: each write queues every document that it changes")
    func everyChangedDocumentIsQueued() async throws {
        for seed in 100..<112 {
            try await World.with { world in
                var dice = SeededRandom(seed: UInt64(seed))
                var before: [String: String] = [:]
                for index in Self.pages.indices.shuffled(using: &dice) {
                    try await world.drain()
                    try await Self.write([index], into: world)
                    var after: [String: String] = [:]
                    for table in EntityTable.allCases {
                        for row in try await world.documents(table) {
                            after[row.entity.uuidString.lowercased()] = "\(row.document)"
                        }
                    }
                    let queued = try await Set(
                        world.database.query("SELECT entity FROM vectorization_queue").map { row in
                            try row.decode(at: 0, as: UUID.self).uuidString.lowercased()
                        }
                    )
                    let changed = Set(before.keys).union(after.keys).filter { before[$0] != after[$0] }
                    let forgotten = changed.subtracting(queued).map { after[$0] ?? "deleted: \(before[$0] ?? "")" }
                    #expect(forgotten.isEmpty, "seed \(seed), page \(index): \(forgotten)")
                    before = after
                }
            }
        }
    }
}
