import Foundation
import Postgres
import PulseModel
import Sandbox
import Store
import TestSupport
import Testing

@testable import Connectors

@Suite(
    "What is deleted at GitHub, replayed and told by webhooks, in the sandbox",
    .enabled(if: TestDatabase.isAvailable),
    .timeLimit(.minutes(10))
)
struct GitHubRemovalSandboxTests {
    @Test(
        "What GitHub deletes goes after two complete sweeps and a direct question, with what hangs on it, and reaches the queue"
    )
    func sweeps() async throws {
        let configuration = SandboxConfiguration(world: .generated(seed: 7, scale: 2))
        try await SandboxWorld.with(configuration) { world in
            _ = try await world.sync()
            let pull = try #require(world.state.pullNumbers.first)
            let children = try await world.count("prs_reviews") + world.count("prs_commits") + world.count("prs_comments")
            try world.state.deletePull(pull.repository, pull.number)
            try await world.drain()
            _ = try await world.sync(isSweeping: true)
            #expect(try await world.count("prs", where: "deleted_at IS NOT NULL") == 0, "one sweep proves nothing")
            let second = try await world.sync(isSweeping: true)
            #expect(second.isSuccess, "\(second.failures)")
            #expect(try await world.count("prs", where: "deleted_at IS NOT NULL") == 1)
            #expect(try await world.count("prs") == world.state.counts.pulls)
            #expect(try await world.count("prs_commits") == world.state.counts.commits)
            #expect(try await world.count("prs_reviews") == world.state.counts.reviews)
            let left = try await world.count("prs_reviews") + world.count("prs_commits") + world.count("prs_comments")
            let queued = try await world.queued(where: "operation = 'delete'")
            #expect(queued.contains("prs \(pull.repository)#\(pull.number) delete"))
            #expect(queued.filter { $0.hasPrefix("prs_") }.count == children - left)
        }
    }

    @Test("A sweep that finds too much missing stops for a person, and goes on once it is accepted")
    func stoppedSweep() async throws {
        let configuration = SandboxConfiguration(world: .generated(seed: 7, scale: 2))
        try await SandboxWorld.with(configuration) { world in
            _ = try await world.sync()
            let pulls = world.state.pullNumbers.filter { $0.repository == "acme/api" }
            for pull in pulls.prefix(pulls.count / 5) { try world.state.deletePull(pull.repository, pull.number) }
            for _ in 0..<3 {
                let report = try await world.sync(isSweeping: true)
                #expect(report.failures.map(\.kind) == [.configuration])
                #expect(report.failures.first?.message.contains("pulse sweep accept") == true)
            }
            #expect(try await world.count("prs", where: "deleted_at IS NOT NULL") == 0)
            let swept = try await world.count("sweeps", where: "unit LIKE '%-comments:%' AND missing IS NOT NULL")
            #expect(swept == world.state.counts.repositories * 2, "one list that waits does not keep the others from being swept")
            let accepted = try await world.store.acceptSweeps(
                tenant: world.tenant.id,
                integration: world.tenant.github,
                by: "ann"
            )
            #expect(accepted == 3, "the pull requests, and both kinds of the comments that went with them")
            let report = try await world.sync(isSweeping: true)
            #expect(report.isSuccess, "\(report.failures)")
            #expect(try await world.count("prs") == world.state.counts.pulls)
        }
    }

    @Test("Comments that are switched off fail neither their reading nor their sweep, and what is known of them stays")
    func switchedOff() async throws {
        try await SandboxWorld.with { world in
            _ = try await world.sync()
            let comments = try await world.count("prs_comments")
            let path = "/github/repos/acme/web/issues/comments"
            world.state.inject(Fault(.status(410, retryAfter: nil), pathPrefix: path, count: nil))
            for _ in 0..<3 {
                let report = try await world.sync(isSweeping: true)
                #expect(report.isSuccess, "\(report.failures)")
                let swept = report.units.first { $0.name.hasPrefix("sweep:acme/web@") }
                #expect(swept?.notes.contains { $0.contains("switched off") } == true)
            }
            world.state.clearFaults()
            let report = try await world.sync(isSweeping: true)
            #expect(report.isSuccess, "\(report.failures)")
            #expect(try await world.count("prs_comments") == comments)
        }
    }

    @Test("Rows come back from the kept records without one request, and what was deleted stays deleted")
    func replay() async throws {
        try await SandboxWorld.with { world in
            _ = try await world.sync()
            let comment = try await world.database.query(
                """
                SELECT c.stable_id, r.full_name FROM prs_comments c JOIN repositories r ON r.stable_id = c.repository_id
                WHERE c.comment_type = 'issue' ORDER BY 1 LIMIT 1
                """
            )
            let id = try #require(
                try comment.first?.decode("stable_id", as: String.self).split(separator: ":").last.flatMap { Int($0) }
            )
            try world.state.deleteComment(try #require(comment.first).decode("full_name"), "issue", id)
            for _ in 0..<2 { _ = try await world.sync(isSweeping: true) }
            let before = try await world.rows()
            let mentions = try await world.count("key_mentions", where: "true")
            #expect(mentions > 0)
            for table in SandboxWorld.tables + ["key_mentions", "vectorization_queue"] {
                try await world.database.query("DELETE FROM \(table)")
            }
            world.transport.recorder.forget()
            let replay = Replay(
                .github(world.definition()),
                store: world.store,
                tenant: world.tenant.id,
                integration: world.tenant.github
            )
            let report = try await replay.run()
            #expect(world.transport.recorder.all.isEmpty)
            #expect(report.unread.isEmpty)
            let after = try await world.rows()
            #expect(after.count == before.count)
            for (a, b) in zip(after, before) where a != b { #expect(a == b) }
            #expect(try await world.count("key_mentions", where: "true") == mentions)
            let again = try await replay.run()
            #expect(again.result.written == 0)
        }
    }

    @Test("A delivery becomes rows and queue rows in one go; a late one undoes nothing, a deletion stays")
    func webhooks() async throws {
        try await SandboxWorld.with { world in
            try await world.database.query(
                "UPDATE integrations SET configuration = $2::text::jsonb WHERE id = $1",
                [
                    .uuid(world.tenant.github),
                    .text(#"{"kind":"github","base_url":"http://localhost/github","organization":"acme","token":"env:T"}"#),
                ]
            )
            _ = try await world.sync()
            try await world.drain()
            world.state.addWebhook(url: "", secret: "s")
            let pull = try #require(world.state.pullNumbers.first)
            try world.state.patchPull(pull.repository, pull.number, json: #"{"title": "First"}"#)
            try world.state.patchPull(pull.repository, pull.number, json: #"{"title": "Second"}"#)
            let rows = try await world.database.query(
                """
                SELECT c.stable_id, r.full_name FROM prs_comments c JOIN repositories r ON r.stable_id = c.repository_id
                WHERE c.comment_type = 'review' ORDER BY 1 LIMIT 1
                """
            )
            let stable: String = try #require(rows.first).decode("stable_id")
            let repository: String = try #require(rows.first).decode("full_name")
            let id = try #require(stable.split(separator: ":").last.flatMap { Int($0) })
            try world.state.editComment(repository, "review", id, body: "Edited by hand")
            try world.state.deleteComment(repository, "review", id)

            // They come in any order, and the first comes twice.
            let sent = world.state.sentDeliveries
            #expect(
                sent.map(\.event) == [
                    "pull_request", "pull_request", "pull_request_review_comment", "pull_request_review_comment",
                ]
            )
            for delivery in [sent[1], sent[0], sent[0], sent[3], sent[2]] {
                _ = try await world.store.receiveWebhook(
                    tenant: world.tenant.id,
                    integration: world.tenant.github,
                    delivery: delivery.id,
                    event: delivery.event,
                    body: delivery.body
                )
            }
            #expect(try await world.count("webhook_deliveries", where: "true") == 4)
            let connector = try world.connector()
            let worker = WebhookWorker(store: world.store, logger: quiet) { refreshes, _, _ in
                for case .pullRequest(let repositoryID, let repository, let number) in refreshes {
                    try await connector.refresh(pullRequest: number, repositoryID: repositoryID, repository: repository)
                }
            }
            while await worker.workOff() {}
            #expect(try await world.count("webhook_deliveries", where: "status = 'done' AND body IS NULL") == 4)
            #expect(try await world.count("prs", where: "title = 'Second'") == 1)
            #expect(try await world.count("prs", where: "title = 'First'") == 0)
            #expect(
                try await world.count("prs_comments", where: "stable_id = '\(stable)' AND deleted_at IS NOT NULL") == 1,
                "the edit came after the deletion, and is of before"
            )
            let queued = try await world.queued()
            #expect(queued.contains("prs \(pull.repository)#\(pull.number) update"))
            #expect(queued.contains("prs_comments \(stable) delete"))
            // A page that was fetched before the deletion.
            let undisturbed = try await world.sync()
            #expect(undisturbed.isSuccess)
            #expect(try await world.count("prs_comments", where: "stable_id = '\(stable)' AND deleted_at IS NULL") == 0)
        }
    }

    @Test("A repository that the integration lists by its old name is told of under its new one; others of its owner are not")
    func renamed() async throws {
        try await SandboxWorld.with { world in
            try await world.database.query(
                "UPDATE integrations SET configuration = $2::text::jsonb WHERE id = $1",
                [
                    .uuid(world.tenant.github),
                    .text(
                        #"{"kind":"github","base_url":"http://localhost/github","repositories":["acme/web"],"token":"env:T"}"#
                    ),
                ]
            )
            let definition = world.definition(repositories: ["acme/web"])
            _ = try await world.sync(definition)
            let pull = try #require(world.state.pullNumbers.first { $0.repository == "acme/web" })
            let foreign = try #require(world.state.pullNumbers.first { $0.repository == "acme/api" })
            world.state.addWebhook(url: "", secret: "s")
            try world.state.renameRepository("acme/web", to: "other/shop")
            try world.state.patchPull("other/shop", pull.number, json: #"{"title": "Told at once"}"#)
            try world.state.patchPull(foreign.repository, foreign.number, json: #"{"title": "Nobody's"}"#)
            for delivery in world.state.sentDeliveries {
                _ = try await world.store.receiveWebhook(
                    tenant: world.tenant.id,
                    integration: world.tenant.github,
                    delivery: delivery.id,
                    event: delivery.event,
                    body: delivery.body
                )
            }
            let worker = WebhookWorker(store: world.store, logger: quiet) { _, _, _ in }
            while await worker.workOff() {}
            #expect(try await world.count("webhook_deliveries", where: "status = 'done'") == 2)
            #expect(try await world.count("webhook_deliveries", where: "message LIKE 'acme/api is none of%'") == 1)
            let told = "external_id = 'other/shop#\(pull.number)' AND title = 'Told at once'"
            #expect(try await world.count("prs", where: told) == 1)
            #expect(try await world.count("prs", where: "repository <> 'other/shop'") == 0)
        }
    }
}
