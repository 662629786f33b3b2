import Foundation
import PulseModel
import Store
import TestSupport
import Testing

@Suite("Commits of default branches", .enabled(if: TestDatabase.isAvailable), .timeLimit(.minutes(10)))
struct BranchCommitTests {
    private static func commit(_ message: String, parents: [String]?) -> BranchCommit {
        BranchCommit(
            repositoryID: "42",
            branch: "main",
            sha: "ccc",
            message: message,
            authoredAt: World.time(-1),
            parents: parents
        )
    }

    @Test("What a push told is mended by the list of commits, whose parents no later push takes away")
    func mended() async throws {
        try await World.with { world in
            func stored() async throws -> String? {
                try await world.database.query(
                    "SELECT message || ' ' || coalesce(array_to_string(parents, ','), '?') AS row FROM branch_commits"
                ).first?.decode("row")
            }
            try await world.github(at: 1) { $0.branchCommits = [Self.commit("Merge", parents: nil)] }
            #expect(try await stored() == "Merge ?")
            try await world.github(at: 2) { $0.branchCommits = [Self.commit("Merge both", parents: ["aaa", "bbb"])] }
            #expect(try await stored() == "Merge both aaa,bbb")
            try await world.github(at: 3) { $0.branchCommits = [Self.commit("Merge", parents: nil)] }
            #expect(try await stored() == "Merge both aaa,bbb")
        }
    }

    @Test("A list that began before a push came still knows the parents better")
    func late() async throws {
        try await World.with { world in
            try await world.github(at: 2) { $0.branchCommits = [Self.commit("Merge", parents: nil)] }
            try await world.github(at: 1) { $0.branchCommits = [Self.commit("Merge", parents: [])] }
            let known = try await world.database.count("SELECT count(*) FROM branch_commits WHERE parents = '{}'")
            #expect(known == 1)
        }
    }
}
