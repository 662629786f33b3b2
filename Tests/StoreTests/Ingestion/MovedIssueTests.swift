import Foundation
import PulseModel
import Store
import TestSupport
import Testing

@Suite("Moved issues", .enabled(if: TestDatabase.isAvailable), .timeLimit(.minutes(10)))  // Needs PULSE_TEST_DATABASE_URL.
struct MovedIssueTests {
    private static func move(_ id: String, of issue: String, from: String, to: String) -> Changelog {
        Changelog(
            id: id,
            workItemID: issue,
            fromStatusID: nil,
            toStatusID: nil,
            changedBy: "Ann",
            changedAt: World.time(-1),
            enteredAt: nil,
            timeInStatusSeconds: nil,
            items: [.init(field: "Key", role: .key, from: nil, to: nil, fromText: from, toText: to)]
        )
    }

    @Test("Links follow their issue to its new key and are queued; the former key goes on to prove them")
    func links() async throws {
        try await World.with { world in
            try await world.jira(at: 0) {
                $0.workItems = [World.issue("1", "PAY-1"), World.issue("2", "PAY-2")]
                $0.links = [World.panelLink("1", "PAY-1", 58)]
            }
            try await world.github(at: 1) {
                $0.pullRequests = [World.pull(57)]
                $0.mentions = [World.mentions(57, ["PAY-1": .title, "PAY-2": .title])]
            }
            try await world.drain()
            try await world.jira(at: 2) { $0.workItems = [World.issue("1", "OPS-9", updated: 2)] }
            let moved = ["OPS-9~acme/api#57 key", "OPS-9~acme/api#58 dev-status", "PAY-2~acme/api#57 key"]
            #expect(try await world.links() == moved)
            let queued = try await world.queued()
            #expect(queued.contains("wits_prs_links OPS-9~acme/api#57 update"), "\(queued)")
            #expect(queued.contains("wits_prs_links OPS-9~acme/api#58 update"))
            #expect(try await world.document(.links, "OPS-9~acme/api#57")?.title == "OPS-9 ↔ acme/api#57")

            // The pull request is read again and still names the former key; then it does not any more.
            try await world.github(at: 3) {
                $0.pullRequests = [World.pull(57, "Again", updated: 3)]
                $0.mentions = [World.mentions(57, ["PAY-1": .title, "PAY-2": .title])]
            }
            #expect(try await world.links() == moved)
            try await world.github(at: 4) {
                $0.pullRequests = [World.pull(57, "Other", updated: 4)]
                $0.mentions = [World.mentions(57, ["PAY-2": .title])]
            }
            #expect(try await world.links() == ["OPS-9~acme/api#58 dev-status", "PAY-2~acme/api#57 key"])
        }
    }

    @Test("A pull request that names the former key later is tied to the moved issue")
    func later() async throws {
        try await World.with { world in
            try await world.jira(at: 0) { $0.workItems = [World.issue("1", "PAY-1")] }
            try await world.jira(at: 1) { $0.workItems = [World.issue("1", "OPS-9", updated: 1)] }
            try await world.github(at: 2) {
                $0.pullRequests = [World.pull(57)]
                $0.mentions = [World.mentions(57, ["PAY-1": .branch])]
            }
            #expect(try await world.links() == ["OPS-9~acme/api#57 key"])
            // Whoever asks for the former key finds the issue.
            let found = try await world.store.searchOutset(tenant: world.tenant.id, keys: ["PAY-1"], pullRequests: [])
            #expect(found.named.map(\.externalID) == ["OPS-9"])
            // Moved back: the key is its own again, and nothing is there twice.
            try await world.jira(at: 3) { $0.workItems = [World.issue("1", "PAY-1", updated: 3)] }
            #expect(try await world.links() == ["PAY-1~acme/api#57 key"])
        }
    }

    @Test("An issue that was moved before it was first read is known by its history, whichever side comes first")
    func history() async throws {
        for jiraFirst in [true, false] {
            try await World.with { world in
                func jira() async throws {
                    try await world.jira(at: 0) {
                        $0.workItems = [World.issue("1", "OPS-9")]
                        $0.changelogs = [Self.move("50", of: "1", from: "PAY-1", to: "OPS-9")]
                    }
                }
                if jiraFirst { try await jira() }
                try await world.github(at: 1) {
                    $0.pullRequests = [World.pull(57)]
                    $0.mentions = [World.mentions(57, ["PAY-1": .title])]
                }
                if !jiraFirst { try await jira() }
                #expect(try await world.links() == ["OPS-9~acme/api#57 key"])
            }
        }
    }

    @Test("A key that another issue has now leads to that one")
    func taken() async throws {
        try await World.with { world in
            try await world.jira(at: 0) {
                $0.workItems = [World.issue("1", "OPS-9"), World.issue("3", "PAY-1")]
                $0.changelogs = [Self.move("50", of: "1", from: "PAY-1", to: "OPS-9")]
            }
            try await world.github(at: 1) {
                $0.pullRequests = [World.pull(57)]
                $0.mentions = [World.mentions(57, ["PAY-1": .title])]
            }
            #expect(try await world.links() == ["PAY-1~acme/api#57 key"])
        }
    }
}
