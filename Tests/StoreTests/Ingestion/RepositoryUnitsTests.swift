import PulseModel
import Store
import TestSupport
import Testing

@Suite("How far repositories have been read", .enabled(if: TestDatabase.isAvailable), .timeLimit(.minutes(10)))
// Needs PULSE_TEST_DATABASE_URL.
struct RepositoryUnitsTests {
    private static func units(_ world: World) async throws -> [String] {
        try await world.database.query("SELECT unit FROM job_checkpoints ORDER BY unit COLLATE \"C\"").map {
            try $0.decode("unit", as: String.self)
        }
    }

    @Test("A repository that goes takes its positions along, unless it was fetched after that; another's stay")
    func deleted() async throws {
        try await World.with { world in
            try await world.github(at: 0) {
                $0.repositories = [World.repository("42"), World.repository("7", name: "acme/web")]
            }
            let others = ["pulls:acme/web@7", "repositories"]
            let own = ["commits", "deployments", "issue-comments", "pulls", "releases", "review-comments", "sweep"].map {
                "\($0):acme/api@42"
            }
            for unit in own + others {
                try await world.github(at: 1) {
                    $0.checkpoint = Checkpoint(unit: unit, cursor: nil, watermark: World.time(1))
                }
            }
            try await world.github(at: -1) { $0.deletions = [Deletion(.repositories, "42")] }
            #expect(try await Self.units(world) == (own + others).sorted())
            try await world.github(at: 2) { $0.deletions = [Deletion(.repositories, "42")] }
            #expect(try await Self.units(world) == others)
        }
    }
}
