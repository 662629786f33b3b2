import Foundation
import PulseModel
import Store
import TestSupport
import Testing

@Suite("Links between issues and pull requests", .enabled(if: TestDatabase.isAvailable), .timeLimit(.minutes(10)))
// Needs PULSE_TEST_DATABASE_URL.
struct LinkTests {
    @Test("A key ties both ends, whichever comes first; a key of no known issue ties nothing")
    func eitherSide() async throws {
        for jiraFirst in [true, false] {
            try await World.with { world in
                func jira() async throws { try await world.jira(at: 0) { $0.workItems = [World.issue("1", "PAY-1")] } }
                if jiraFirst { try await jira() }
                try await world.github(at: 0) {
                    $0.pullRequests = [World.pull(57)]
                    $0.mentions = [World.mentions(57, ["PAY-1": .branch, "UTF-8": .title])]
                }
                if !jiraFirst {
                    #expect(try await world.links() == [])
                    try await jira()
                }
                #expect(try await world.links() == ["PAY-1~acme/api#57 key"])
                #expect(try await world.queued().contains("wits_prs_links PAY-1~acme/api#57 insert"))
                // The day an issue of that key exists, the mention is believed.
                try await world.jira(at: 1) { $0.workItems = [World.issue("8", "UTF-8")] }
                #expect(try await world.links().contains("UTF-8~acme/api#57 key"))
            }
        }
    }

    @Test("Both ends that arrive in the same moment are tied: neither transaction sees the other's row")
    func sameMoment() async throws {
        try await World.with { world in
            for round in 1...30 {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await world.jira(at: 0) { $0.workItems = [World.issue("\(round)", "PAY-\(round)")] } }
                    group.addTask {
                        try await world.github(at: 0) {
                            $0.pullRequests = [World.pull(round)]
                            $0.mentions = [World.mentions(round, ["PAY-\(round)": .title])]
                        }
                    }
                    try await group.waitForAll()
                }
            }
            #expect(try await world.links().count == 30)
        }
    }

    @Test("A key that is taken out unties, also where the issue was read later than the pull request")
    func removedKey() async throws {
        try await World.with { world in
            try await world.github(at: 1) {
                $0.pullRequests = [World.pull(57)]
                $0.mentions = [World.mentions(57, ["PAY-1": .title, "PAY-2": .title])]
            }
            try await world.jira(at: 9) { $0.workItems = [World.issue("1", "PAY-1"), World.issue("2", "PAY-2")] }
            try await world.drain()
            try await world.github(at: 2) {
                $0.pullRequests = [World.pull(57, "Retry", state: .merged, updated: 1)]
                $0.mentions = [World.mentions(57, ["PAY-2": .title])]
            }
            #expect(try await world.links() == ["PAY-2~acme/api#57 key"])
            #expect(try await world.queued().contains("wits_prs_links PAY-1~acme/api#57 delete"))
            #expect(
                try await world.database.count(
                    "SELECT count(*) FROM wits_prs_links WHERE pr_status = 'merged' AND deleted_at IS NULL"
                ) == 1
            )
            // The key comes back.
            try await world.github(at: 3) {
                $0.pullRequests = [World.pull(57, "PAY-1", updated: 2)]
                $0.mentions = [World.mentions(57, ["PAY-1": .title])]
            }
            #expect(try await world.links() == ["PAY-1~acme/api#57 key"])
        }
    }

    @Test("What the development panel says never replaces a key's proof, but a key replaces it")
    func developmentPanel() async throws {
        try await World.with { world in
            try await world.jira(at: 0) {
                $0.workItems = [World.issue("1", "PAY-1"), World.issue("2", "PAY-2")]
                $0.links = [World.panelLink("1", "PAY-1", 57), World.panelLink("2", "PAY-2", 57)]
            }
            #expect(try await world.links() == ["PAY-1~acme/api#57 dev-status", "PAY-2~acme/api#57 dev-status"])
            try await world.github(at: 1) {
                $0.pullRequests = [World.pull(57)]
                $0.mentions = [World.mentions(57, ["PAY-1": .title])]
            }
            // A link that Jira has told of is not untied for want of a key.
            #expect(try await world.links() == ["PAY-1~acme/api#57 key", "PAY-2~acme/api#57 dev-status"])
            let again = try await world.jira(at: 5) { $0.links = [World.panelLink("1", "PAY-1", 57)] }
            #expect(again.written == 0)
            #expect(try await world.links() == ["PAY-1~acme/api#57 key", "PAY-2~acme/api#57 dev-status"])
        }
    }

    @Test("What a whole panel shows no more is untied; a key's proof and a newer page are left alone")
    func vanishedFromPanel() async throws {
        try await World.with { world in
            try await world.jira(at: 0) {
                $0.workItems = [World.issue("1", "PAY-1"), World.issue("2", "PAY-2")]
                $0.links = [57, 58, 59].map { World.panelLink("1", "PAY-1", $0) } + [World.panelLink("2", "PAY-2", 57)]
            }
            try await world.github(at: 1) {
                $0.pullRequests = [World.pull(59)]
                $0.mentions = [World.mentions(59, ["PAY-1": .title])]
            }
            try await world.drain()
            // Fetched before: says nothing of what came later.
            try await world.jira(at: -1) { $0.completePanels = ["1"] }
            #expect(try await world.links().count == 4)
            try await world.jira(at: 2) {
                $0.links = [World.panelLink("1", "PAY-1", 57)]
                $0.completePanels = ["1"]
            }
            let left = ["PAY-1~acme/api#57 dev-status", "PAY-1~acme/api#59 key", "PAY-2~acme/api#57 dev-status"]
            #expect(try await world.links() == left)
            #expect(try await world.queued() == ["wits_prs_links PAY-1~acme/api#58 delete"])
        }
    }

    @Test("A link belongs to the Jira integration whose issue it is, and another tenant's key ties nothing")
    func integrations() async throws {
        try await World.with { world in
            let second = try await world.database.integration(tenant: world.tenant.id, kind: "jira", name: "second")
            let other = try await world.database.tenant("other")
            let issue = World.page(at: 0) { $0.workItems = [World.issue("1", "OPS-1")] }
            _ = try await world.store.write(issue, tenant: world.tenant.id, integration: second)
            let foreign = World.page(at: 0) { $0.workItems = [World.issue("1", "PAY-1")] }
            _ = try await world.store.write(foreign, tenant: other.id, integration: other.jira)
            try await world.github(at: 0) {
                $0.pullRequests = [World.pull(57)]
                $0.mentions = [World.mentions(57, ["OPS-1": .title, "PAY-1": .title])]
            }
            #expect(try await world.links() == ["OPS-1~acme/api#57 key"])
            #expect(try await world.documents(.links).map(\.integration) == [second])
        }
    }

    @Test("A repository that goes takes the links of its pull requests along, and brings them back")
    func deletedRepository() async throws {
        try await World.with { world in
            _ = try await world.writeEverything()
            let links = try await world.links()
            try await world.drain()
            try await world.github(at: -5) { $0.deletions = [Deletion(.repositories, "42")] }
            #expect(try await world.links() == links, "it was fetched after that")
            try await world.github(at: 5) { $0.deletions = [Deletion(.repositories, "42")] }
            #expect(try await world.links() == [])
            let queued = try await world.queued()
            for link in links {
                let id = String(link.prefix { $0 != " " })
                #expect(queued.contains("wits_prs_links \(id) delete"))
            }
            try await world.github(at: 6) {
                $0.repositories = [World.repository()]
                $0.pullRequests = [World.pull(57)]
                $0.mentions = [World.mentions(57, ["PAY-2": .title])]
            }
            #expect(try await world.links() == ["PAY-2~acme/api#57 key"])
        }
    }

    @Test("A repository's new name renames its pull requests, commits and links, and queues all that shows it")
    func renamedRepository() async throws {
        try await World.with { world in
            _ = try await world.writeEverything()
            try await world.jira(at: 1) { $0.links = [World.panelLink("1", "PAY-1", 57)] }
            try await world.drain()
            try await world.github(at: 5) { $0.repositories = [World.repository(name: "acme/backend", updated: 3)] }
            #expect(try await world.links() == ["PAY-1~acme/backend#57 dev-status", "PAY-2~acme/backend#57 key"])
            let queued = try await world.queued()
            for expected in [
                "repositories 42 update", "prs acme/backend#57 update", "prs_commits acme/backend#57@aaaa update",
                "prs_reviews 8 update",
                "prs_comments issue:9 update", "prs_comments review:9 update", "wits_prs_links PAY-2~acme/api#57 delete",
                "wits_prs_links PAY-2~acme/backend#57 insert",
            ] {
                #expect(queued.contains(expected), "\(expected) is not among \(queued)")
            }
            #expect(try await world.document(.links, "PAY-2~acme/backend#57")?.url == "https://g/acme/api/pull/57")
            // A page that was fetched before the renaming brings no old name back.
            try await world.github(at: 4) {
                $0.pullRequests = [World.pull(57, "PAY-2 late", updated: 3)]
                $0.commits = [World.commit("bbbb", of: 57)]
                $0.mentions = [World.mentions(57, ["PAY-2": .title])]
            }
            #expect(try await world.documents(.pullRequests).map(\.externalID) == ["acme/backend#57"])
            #expect(try await world.documents(.commits).map(\.externalID) == ["acme/backend#57@aaaa", "acme/backend#57@bbbb"])
            #expect(try await world.links() == ["PAY-1~acme/backend#57 dev-status", "PAY-2~acme/backend#57 key"])
        }
    }
}
