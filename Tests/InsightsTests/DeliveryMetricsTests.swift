import Foundation
import Insights
import PulseModel
import Store
import TestSupport
import Testing

@Suite("Delivery and review metrics", .enabled(if: TestDatabase.isAvailable))  // Needs PULSE_TEST_DATABASE_URL.
struct DeliveryMetricsTests {
    /// Two merged pull requests, one open, one merged but never deployed (of another repository).
    private func site(_ scene: Scene) async throws {
        try await scene.pull(
            1,
            begun: 0,
            opened: 1,
            reviews: [("ann", "COMMENTED", 1.5), ("bob", "CHANGES_REQUESTED", 2), ("bob", "APPROVED", 3)],
            merged: 4,
            lines: 100
        )
        try await scene.pull(2, author: "bob", begun: 5, opened: 5, merged: 7, lines: 300)
        try await scene.pull(3, begun: 6, opened: 6.5, reviews: [("cyd", "APPROVED", 7)], lines: 2_000)
        try await scene.pull(
            1,
            repository: "acme/web",
            author: "dee",
            begun: 8,
            opened: 8,
            reviews: [("bob", "APPROVED", 8.5)],
            merged: 9
        )
        // Neither staging, nor what failed, brings anything to users.
        try await scene.deployment("1", environment: "staging", "success", day: 4.1)
        try await scene.deployment("2", "failure", day: 4.5)
        try await scene.deployment("3", "success", day: 5)
        try await scene.deployment("4", environment: "eu-prod", "success", day: 9)
    }

    @Test("Lead time for changes and its parts")
    func leadTime() async throws {
        try await Scene.with { scene in
            try await self.site(scene)
            let row = try #require(try await scene.rows(.leadTimeForChanges, repository: "ACME/api").first)
            #expect(row.count == 2 && row.figure("deployed") == 2)
            // Pull 1: 24 coding, 24 pickup, 48 review, 24 deploy; its author's own review is none. Pull 2: 0, 48, 0, 48.
            #expect(row.figure("coding_hours_mean") == 12)
            #expect(row.figure("pickup_hours_mean") == 36)
            #expect(row.figure("review_hours_mean") == 24)
            #expect(row.figure("deploy_hours_mean") == 36)
            // 120 and 96.
            #expect(row.figure("total_hours_p50") == 108)
            #expect(row.figure("total_hours_mean") == 108)
            let all = try await scene.rows(.leadTimeForChanges, by: .repository)
            #expect(all.map { "\($0.group) \($0.count)" } == ["acme/api 2", "acme/web 1"])
            #expect(all[1].figure("deployed") == 0)
            #expect(all[1].figure("total_hours_p50") == nil)
            #expect(all[1].figure("review_hours_p50") == 12)
        }
    }

    @Test("A repository without deployments takes its first release after the merge")
    func releases() async throws {
        try await Scene.with { scene in
            try await self.site(scene)
            for (id, repository, prerelease, day) in [
                ("1", "43", false, 8.0), ("2", "43", true, 9.5), ("3", "43", false, 10.0), ("4", "42", false, 4.2),
            ] {
                try await scene.database.query(
                    """
                    INSERT INTO releases (tenant_id, integration_id, stable_id, repository_id, tag, is_prerelease, published_at, fetched_at)
                    VALUES ($1, $2, $3::text, $4::text, 'v1', $5, $6, now())
                    """,
                    [
                        .uuid(scene.tenant.id), .uuid(scene.tenant.github), .text(id), .text(repository), .bool(prerelease),
                        .timestamp(Scene.day(day)),
                    ]
                )
            }
            let rows = try await scene.rows(.leadTimeForChanges, by: .repository)
            #expect(rows.map { $0.figure("total_hours_mean") } == [108, 48])
        }
    }

    @Test("Deployment frequency counts successes to production, over the time that lies in the window")
    func frequency() async throws {
        try await Scene.with { scene in
            try await self.site(scene)
            let row = try #require(try await scene.rows(.deploymentFrequency, to: 10).first)
            #expect(row.count == 2)
            #expect(row.figure("per_day") == 0.2)
            #expect(row.figure("per_week") == 1.4)
            #expect(row.figure("days_with_deployments") == 2)
            // The second week is cut off after three days.
            let weeks = try await scene.rows(.deploymentFrequency, to: 10, period: .week)
            #expect(weeks.map { $0.figure("per_day") } == [0.143, 0.333])
            #expect(try await scene.rows(.deploymentFrequency, by: .repository).map(\.group) == ["acme/api"])
        }
    }

    @Test("Change failure rate: failed deployments, and those that an incident followed")
    func failures() async throws {
        try await Scene.with { scene in
            try await self.site(scene)
            #expect(try await scene.rows(.changeFailureRate).first?.figure("rate") == 0.333)
            // Reported after deployment 3 and before 4; a second one lays nothing more to it. One before any is laid to none.
            try await scene.issue(1, project: "OPS", type: "4", created: 6, [("2", 6.1), ("4", 6.5)])
            try await scene.issue(2, project: "OPS", created: 7, labels: ["Incident"])
            try await scene.issue(3, project: "OPS", type: "4", created: 1, [("4", 2)])
            let row = try #require(try await scene.rows(.changeFailureRate).first)
            #expect(row.count == 3)
            #expect(row.figure("failed_deployments") == 1)
            #expect(row.figure("deployments_before_incidents") == 1)
            #expect(row.figure("rate") == 0.667)
        }
    }

    @Test("Time to restore: incidents until done, failed deployments until the next success")
    func restore() async throws {
        try await Scene.with { scene in
            try await self.site(scene)
            try await scene.issue(1, project: "OPS", type: "4", created: 6, [("2", 6.1), ("4", 6.5)])
            try await scene.issue(2, project: "OPS", type: "4", created: 7)
            let row = try #require(try await scene.rows(.timeToRestore).first)
            #expect(row.count == 3)
            #expect(row.figure("still_open") == 1)
            // 12 hours each: the incident, and deployment 2 until 3.
            #expect(row.figure("hours_mean") == 12)
            #expect(try await scene.rows(.timeToRestore, project: "OPS").map(\.count) == [2], "incidents only")
            #expect(
                try await scene.rows(.timeToRestore, by: .repository).map { "\($0.group) \($0.count)" } == [" 2", "acme/api 1"]
            )
        }
    }

    @Test("Time to first review, review load and size of pull requests")
    func reviews() async throws {
        try await Scene.with { scene in
            try await self.site(scene)
            let first = try #require(try await scene.rows(.timeToFirstReview).first)
            #expect(first.count == 4)
            // 24, 12 and 12 hours; pull 2 was merged without any.
            #expect(first.figure("hours_p50") == 12)
            #expect(first.figure("hours_mean") == 16)
            #expect(first.figure("reviewed") == 0.75)
            #expect(first.figure("merged_without_review") == 1)
            #expect(first.figure("waiting") == 0)

            let load = try await scene.rows(.reviewLoad)
            #expect(load.map { "\($0.group) \($0.count)" } == ["bob 3", "cyd 1"], "nobody reviews himself")
            #expect(load[0].figure("pull_requests") == 2)
            #expect(load[0].figure("approvals") == 2)
            #expect(load[0].figure("changes_requested") == 1)
            #expect(load[0].figure("share") == 0.75)

            let size = try #require(try await scene.rows(.pullRequestSize).first)
            // 10, 100, 300, 2000.
            #expect(size.figure("lines_p50") == 200)
            #expect(size.figure("up_to_200_lines") == 0.5)
            #expect(size.figure("over_1000_lines") == 0.25)
        }
    }

    @Test("A bot's review ends nobody's waiting, and a draft waits for none")
    func botsAndDrafts() async throws {
        try await Scene.with { scene in
            let bot = (by: "coderabbitai[bot]", state: "COMMENTED", day: 1.01)
            try await scene.pull(1, begun: 0, opened: 1, reviews: [bot, (by: "bob", state: "APPROVED", day: 2)], merged: 3)
            try await scene.pull(2, begun: 0, opened: 1, reviews: [bot])
            try await scene.pull(3, begun: 0, opened: 1, isDraft: true)
            let first = try #require(try await scene.rows(.timeToFirstReview).first)
            #expect(first.count == 2)
            #expect(first.figure("hours_p50") == 24)
            #expect(first.figure("waiting") == 1)
            let lead = try #require(try await scene.rows(.leadTimeForChanges).first)
            #expect(lead.figure("pickup_hours_p50") == 24 && lead.figure("review_hours_p50") == 24)
        }
    }

    @Test("Of what is deployed, the parts of the lead time add up to the whole")
    func partsAddUp() async throws {
        try await Scene.with { scene in
            // Without a review; reviewed after the merge; begun after the opening, as a rebase makes it look.
            try await scene.pull(1, begun: 0, opened: 1, merged: 3)
            try await scene.pull(2, begun: 0.5, opened: 1, reviews: [(by: "bob", state: "COMMENTED", day: 5)], merged: 4)
            try await scene.pull(3, begun: 2.5, opened: 2, reviews: [(by: "bob", state: "APPROVED", day: 2.5)], merged: 3)
            try await scene.deployment("1", "success", day: 6)
            let lead = try #require(try await scene.rows(.leadTimeForChanges).first)
            let parts = ["coding", "pickup", "review", "deploy"].compactMap { lead.figure("\($0)_hours_mean") }
            #expect(parts.count == 4)
            #expect(abs(parts.reduce(0, +) - (lead.figure("total_hours_mean") ?? 0)) < 0.01)
        }
    }

    @Test("A pull request counts to the project and team of the issue that it is tied to")
    func teams() async throws {
        try await Scene.with { scene in
            try await self.site(scene)
            try await scene.issue(1, team: "Core", created: 0)
            try await scene.github { $0.mentions = [PullRequestMentions(repositoryID: "42", number: 1, keys: ["PAY-1": .title])] }
            #expect(
                try await scene.rows(.timeToFirstReview, by: .team).map { "\($0.group) \($0.count)" } == [
                    "(no team) 3", "Core 1",
                ]
            )
            #expect(try await scene.rows(.timeToFirstReview, project: "PAY").map(\.count) == [1])
            #expect(try await scene.rows(.pullRequestSize, team: "Core").first?.figure("lines_p50") == 100)
        }
    }

    @Test("What programs review counts in no exported feature, as in no metric of the first review")
    func featuresWithoutPrograms() async throws {
        try await Scene.with { scene in
            try await scene.issue(1, points: 3, created: 0, [("2", 1)])
            try await scene.pull(
                1,
                begun: 0,
                opened: 1,
                reviews: [
                    ("copilot[bot]", "CHANGES_REQUESTED", 1.1), ("renovate[bot]", "APPROVED", 1.2), ("bob", "APPROVED", 2),
                ]
            )
            try await scene.github { $0.mentions = [PullRequestMentions(repositoryID: "42", number: 1, keys: ["PAY-1": .title])] }
            let page = try await scene.store.features(.pullRequests, tenant: scene.tenant.id)
            let pull = try #require(
                page.rows.first.map { try JSONSerialization.jsonObject(with: Data($0.utf8)) } as? [String: Any]
            )
            #expect(pull["hours_to_first_review"] as? Double == 24)
            for feature in ["reviews", "reviewers", "approvals"] { #expect(pull[feature] as? Int == 1) }
            #expect(pull["changes_requested"] as? Int == 0)
            let items = try await scene.store.features(.workItems, tenant: scene.tenant.id)
            #expect(items.rows.first?.contains(#""pr_reviews": 1,"#) == true, "\(items.rows)")
        }
    }

    @Test("Exported features: one row each, with every column, in pages")
    func features() async throws {
        try await Scene.with { scene in
            try await self.site(scene)
            try await scene.issue(1, team: "Core", points: 3, created: 0, [("2", 1), ("4", 2)])
            try await scene.github { $0.mentions = [PullRequestMentions(repositoryID: "42", number: 1, keys: ["PAY-1": .title])] }
            let items = try await scene.store.features(.workItems, tenant: scene.tenant.id)
            #expect(items.last == nil)
            let item = try #require(
                items.rows.first.map { try JSONSerialization.jsonObject(with: Data($0.utf8)) } as? [String: Any]
            )
            #expect(Set(item.keys) == Set(FeatureTable.workItems.columns))
            #expect(item["key"] as? String == "PAY-1")
            #expect(item["cycle_hours"] as? Double == 24)
            #expect(item["linked_prs"] as? Int == 1)
            #expect(item["lines_changed"] as? Int == 100)
            #expect(item["pr_reviews"] as? Int == 3)
            #expect(item["created_weekday"] as? Int == 1)

            var pulls: [[String: Any]] = []
            var last: UUID?
            repeat {
                let page = try await scene.store.features(.pullRequests, tenant: scene.tenant.id, after: last, limit: 1)
                pulls += try page.rows.compactMap { try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] }
                last = page.last
            } while last != nil
            #expect(pulls.count == 4)
            #expect(pulls.allSatisfy { Set($0.keys) == Set(FeatureTable.pullRequests.columns) })
            let pull = try #require(pulls.first { $0["number"] as? Int == 1 && $0["repository"] as? String == "acme/api" })
            #expect(pull["hours_to_first_review"] as? Double == 24)
            #expect(pull["hours_to_merge"] as? Double == 72)
            #expect(pull["coding_hours"] as? Double == 24)
            #expect(pull["linked_issue"] as? String == "PAY-1")
        }
    }
}
