import Foundation
import PulseModel
import Store
import TestSupport
import Testing

@Suite("Data quality", .enabled(if: TestDatabase.isAvailable))  // Needs PULSE_TEST_DATABASE_URL.
struct QualityTests {
    private func assess(_ world: World, _ integration: UUID) async throws -> DataQuality {
        try await world.store.assessQuality(tenant: world.tenant.id, integration: integration)
        let name = integration == world.tenant.jira ? "jira" : "github"
        return try #require(try await world.store.dataQuality(tenant: world.tenant.id, integration: name).first)
    }

    private func broken(_ quality: DataQuality) -> [String] {
        quality.findings.map { "\($0.rule) \($0.externalID)" }.sorted()
    }

    /// A site of one sound issue.
    private func site(_ world: World) async throws {
        try await world.jira(at: 0) {
            $0.projects = [World.project()]
            $0.workItemTypes = [World.type()]
            $0.statuses = [World.status("5", name: "Open"), World.status("6", name: "Done", category: "done")]
            $0.derivesConfiguration = true
            $0.workItems = [self.issue("1", "PAY-1") { _ in }]
        }
    }

    private func issue(_ id: String, _ key: String, _ change: (inout WorkItem) -> Void) -> WorkItem {
        var item = World.issue(id, key, details: "Why and how")
        (item.resolvedAt, item.storyPoints) = (nil, 3)
        change(&item)
        return item
    }

    @Test("Sound rows have the full score, and nothing is found")
    func sound() async throws {
        try await World.with { world in
            try await self.site(world)
            #expect(try await world.store.dataQualityScore(tenant: world.tenant.id) == nil)
            let quality = try await self.assess(world, world.tenant.jira)
            #expect(quality.score == 100)
            #expect(quality.findings == [])
            #expect(QualityKind.allCases.allSatisfy { quality.scores[$0] == 100 })
            #expect(quality.rules.contains { $0.name == "issue_status_known" && $0.checked == 1 && $0.broken == 0 })
            #expect(try await world.store.dataQualityScore(tenant: world.tenant.id, integration: world.tenant.jira) == 100)
        }
    }

    @Test("Each fault of an issue is found, with its reason, under its quality")
    func issues() async throws {
        try await World.with { world in
            try await self.site(world)
            try await world.jira(at: 1) {
                $0.workItems = [
                    self.issue("2", "PAY-2") { $0.statusID = "99" },
                    self.issue("3", "PAY-3") { $0.typeID = "98" },
                    self.issue("4", "OPS-4") { $0.details = nil },
                    self.issue("5", "PAY-5") { $0.parentKey = "PAY-999" },
                    self.issue("6", "PAY-6") { ($0.createdAt, $0.storyPoints) = (World.time(60), -1) },
                    self.issue("7", "PAY-7") { $0.resolvedAt = World.time(-5) },
                    self.issue("8", "PAY-1") { _ in },
                ]
                $0.changelogs = [
                    World.change("31", of: "1"),
                    World.change("32", of: "77"),
                ]
                $0.rejected = [RejectedRecord(kind: "jira_issue", identity: "PAY-50", reason: "summary is missing")]
            }
            let quality = try await self.assess(world, world.tenant.jira)
            #expect(
                self.broken(quality) == [
                    "history_belongs 32", "issue_dates_ordered PAY-6", "issue_described OPS-4", "issue_history_agrees PAY-1",
                    "issue_key_unique PAY-1", "issue_parent_known PAY-5", "issue_points_possible PAY-6",
                    "issue_project_known OPS-4", "issue_resolution_agrees PAY-7", "issue_status_known PAY-2",
                    "issue_type_known PAY-3", "records_taken jira_issue PAY-50",
                ]
            )
            #expect(quality.findings.first { $0.rule == "records_taken" }?.reason == "summary is missing")
            #expect(quality.findings.first { $0.rule == "issue_status_known" }?.reason == "its status 99 is unknown")
            #expect(quality.scores[.timeliness] == 100)
            #expect((quality.scores[.consistency] ?? 100) < 100 && (quality.scores[.accuracy] ?? 100) < 100)
            #expect(quality.score > 0 && quality.score < 100)
            // Mended, and assessed again: the findings are gone, and so is the refused record that came in since.
            try await world.jira(at: 2_000_000) {
                $0.workItems = [self.issue("2", "PAY-2") { $0.updatedAt = World.time(2) }, self.issue("50", "PAY-50") { _ in }]
            }
            let again = try await self.assess(world, world.tenant.jira)
            #expect(!self.broken(again).contains { $0.hasPrefix("issue_status_known") })
            #expect(!self.broken(again).contains { $0.hasPrefix("records_taken") })
        }
    }

    @Test("Timeliness: a unit that failed, and one that was not read for long")
    func timeliness() async throws {
        try await World.with { world in
            try await self.site(world)
            let (tenant, jira) = (world.tenant.id, world.tenant.jira)
            for unit in ["issues:PAY", "issues:OPS", "users"] {
                try await world.jira(at: 1) { $0.checkpoint = Checkpoint(unit: unit, cursor: nil, watermark: nil) }
            }
            try await world.store.recordFailure(
                tenant: tenant,
                integration: jira,
                unit: "issues:OPS",
                kind: "permission",
                message: "give it Browse Projects"
            )
            try await world.database.query(
                "UPDATE job_checkpoints SET updated_at = now() - interval '2 days' WHERE unit = 'users'"
            )
            let quality = try await self.assess(world, jira)
            #expect(self.broken(quality) == ["units_recent users", "units_synchronized issues:OPS"])
            #expect(quality.findings.last?.reason == "it failed last time: give it Browse Projects")
            // Two thirds of each rule's units hold.
            #expect(quality.scores[.timeliness] == 66.67)
        }
    }

    @Test("GitHub's rows are checked by their own rules")
    func github() async throws {
        try await World.with { world in
            try await world.github(at: 0) {
                $0.repositories = [World.repository()]
                var early = World.pull(2)
                (early.updatedAt, early.closedAt) = (World.time(-20), World.time(-1))
                // More commits than GitHub's list of a pull request holds, which is no excuse.
                var large = World.pull(3)
                large.commitCount = 251
                $0.pullRequests = [World.pull(1), early, large]
                $0.commits = [World.commit("a1", of: 1)] + (0..<250).map { World.commit("c\($0)", of: 3) }
                $0.reviews = [World.review("70", of: 1), World.review("71", of: 9)]
            }
            let quality = try await self.assess(world, world.tenant.github)
            #expect(
                self.broken(quality) == [
                    "pull_commits_whole acme/api#2", "pull_commits_whole acme/api#3", "pull_dates_ordered acme/api#2",
                    "pull_state_agrees acme/api#2", "review_belongs 71",
                ]
            )
        }
    }

    @Test("Of a rule that many break, a hundred are kept and all are counted")
    func many() async throws {
        try await World.with { world in
            try await self.site(world)
            try await world.jira(at: 1) { page in
                page.workItems = (0..<130).map { index in self.issue("9\(index)", "PAY-9\(index)") { $0.details = nil } }
            }
            let quality = try await self.assess(world, world.tenant.jira)
            #expect(quality.findings.count == 100)
            #expect(quality.rules.first { $0.name == "issue_described" }?.broken == 130)
        }
    }
}
