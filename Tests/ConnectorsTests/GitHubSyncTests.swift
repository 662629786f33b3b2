import Foundation
import HTTPTransport
import PulseModel
import Store
import Synchronization
import Testing

@testable import Connectors

@Suite("GitHub synchronization")
struct GitHubSyncTests {
    @Test("A first sync follows every link and takes every kind of row")
    func takesEverything() async throws {
        let fake = FakeGitHub(pulls: 10, comments: 8)
        let store = RecordingIngestionStore()
        let report = try await syncGitHub(fake.transport, store)
        #expect(report.isSuccess, "\(report.failures)")
        #expect(await store.count("repositories") == 1)
        #expect(await store.count("prs") == 10)
        #expect(await store.count("prs_commits") == (1...10).reduce(0) { $0 + $1 % 5 })
        #expect(await store.count("prs_reviews") == (1...10).reduce(0) { $0 + $1 % 4 })
        // Eight line comments, and of eight in conversations those on pull requests.
        #expect(await store.count("prs_comments") == 8 + (1...8).filter { $0 % 3 != 0 }.count)
        #expect(await store.content.mentions["42#4"] == ["PAY-4": .title, "PAY-1": .branch, "OPS-4": .commit])
        #expect(report.rows["prs"] == 10)
        #expect(report.requests == fake.recorder.all.count)
        let pull = try #require(await store.row("prs", "9004"))
        #expect(pull.contains("additions: Optional(3)"))
        #expect(await store.row("prs_reviews", "42#3/300")?.contains("Optional(\"ghost\")") == true)
        #expect(await store.content.raw["github_pr/9004"]?.contains(#""number":4"#) == true)
    }

    @Test("How much is through is known once the lists are read, and grows from unit to unit")
    func share() async throws {
        let shares = Mutex<(share: SyncShare, seen: [Double?])>((SyncShare(), []))
        let report = try await syncGitHub(FakeGitHub(pulls: 3).transport, RecordingIngestionStore()) { progress in
            shares.withLock { shares in
                shares.share.note(progress)
                if case .began = progress { shares.seen.append(shares.share.percent) }
            }
        }
        #expect(report.isSuccess, "\(report.failures)")
        let seen = shares.withLock { $0.seen }
        #expect(seen.first == .some(nil), "the list itself")
        let known = seen.compactMap { $0 }
        #expect(known.prefix(6).map { $0.rounded() } == [0, 17, 33, 50, 67, 83])
        #expect(shares.withLock { $0.share.percent } == 99)
    }

    @Test("A second sync with nothing new asks little and changes nothing")
    func incremental() async throws {
        let fake = FakeGitHub(pulls: 10, comments: 8)
        let store = RecordingIngestionStore()
        _ = try await syncGitHub(fake.transport, store)
        let before = await store.content
        fake.recorder.forget()
        let report = try await syncGitHub(fake.transport, store)
        #expect(report.result.written == 0)
        #expect(await store.content == before)
        // One question for each list, and each is answered "unchanged".
        #expect(fake.recorder.all.count == 7, "\(fake.recorder.urls)")
        #expect(fake.recorder.all.allSatisfy { $0.headers["if-none-match"] != nil })
    }

    @Test("A second sync fetches only what changed")
    func fetchesChanges() async throws {
        let fake = FakeGitHub(pulls: 12)
        let store = RecordingIngestionStore()
        _ = try await syncGitHub(fake.transport, store)
        await fake.edit { $0.touch(pull: 2) }
        fake.recorder.forget()
        let report = try await syncGitHub(fake.transport, store)
        #expect(await store.row("prs", "9003")?.contains("Change 3 again") == true)
        #expect(report.result.written == 2, "the pull request and its new commit")
        #expect(!fake.recorder.urls.contains { $0.contains("/pulls/5") })
    }

    @Test("What appears late, a little before the watermark, is still found")
    func overlap() async throws {
        let fake = FakeGitHub(pulls: 5, comments: 5)
        let store = RecordingIngestionStore()
        _ = try await syncGitHub(fake.transport, store)
        await fake.edit { fake in
            let newest = fake.pulls.map(\.updated).max() ?? FakeGitHub.epoch
            fake.pulls.append(.init(number: 77, title: "Late", updated: newest - 120, commits: [], reviews: []))
            let last = fake.reviewComments.map(\.updated).max() ?? FakeGitHub.epoch
            fake.reviewComments.append(.init(id: 77, number: 1, isOnPullRequest: true, body: "Late", updated: last - 120))
        }
        _ = try await syncGitHub(fake.transport, store)
        #expect(await store.row("prs", "9077") != nil)
        #expect(await store.row("prs_comments", "review:77") != nil)
    }

    @Test("What appears late behind a burst of updates that fills the first page is still found")
    func overlapBehindBurst() async throws {
        let fake = FakeGitHub(pulls: 6, comments: 6)
        await fake.edit { fake in
            let newest = fake.tick()
            for index in fake.pulls.indices { fake.pulls[index].updated = newest - Double(index) }
            for index in fake.reviewComments.indices { fake.reviewComments[index].updated = newest - Double(index) }
        }
        let store = RecordingIngestionStore()
        _ = try await syncGitHub(fake.transport, store)
        await fake.edit { fake in
            let newest = fake.pulls.map(\.updated).max() ?? FakeGitHub.epoch
            fake.pulls.append(.init(number: 77, title: "Late", updated: newest - 120, commits: [], reviews: []))
            fake.reviewComments.append(.init(id: 77, number: 1, isOnPullRequest: true, body: "Late", updated: newest - 120))
        }
        _ = try await syncGitHub(fake.transport, store)
        #expect(await store.row("prs", "9077") != nil)
        #expect(await store.row("prs_comments", "review:77") != nil)
    }

    @Test("Testing an integration tells a good one from a bad one")
    func testing() async throws {
        let fake = FakeGitHub()
        func test(_ repository: String) async throws {
            let connector = try GitHubConnector(
                GitHubDefinition(
                    baseURL: FakeGitHub.host,
                    organization: nil,
                    repositories: [repository],
                    token: SecretReference(variable: "T")
                ),
                tokens: [Secret("t")],
                transport: fake.transport,
                store: RecordingIngestionStore(),
                tenant: UUID(),
                integration: UUID(),
                logger: quiet
            )
            try await connector.test()
        }
        try await test("acme/api")
        await #expect(throws: ConnectorError.self) { try await test("acme/gone") }
    }

    @Test("A commit that a force push removed goes with its complete set")
    func completeSets() async throws {
        let fake = FakeGitHub(pulls: 4)
        let store = RecordingIngestionStore()
        _ = try await syncGitHub(fake.transport, store)
        await fake.edit { fake in
            fake.touch(pull: 3)
            fake.pulls[3].commits = ["new"]
        }
        _ = try await syncGitHub(fake.transport, store)
        #expect(await store.content.rows["prs_commits"]?.keys.filter { $0.hasPrefix("42#4@") } == ["42#4@new"])
    }

    @Test("A record that cannot be taken is rejected with its reason, and its page goes on")
    func badRecords() async throws {
        let fake = FakeGitHub(pulls: 4)
        await fake.edit { fake in
            fake.override = { fake, asked in
                guard asked.path.hasSuffix("/pulls") else { return nil }
                var records = fake.pulls.map { FakeGitHub.record($0, isDetail: false) }
                records[0] = records[0].without("title")
                records[1] = records[1].with("state", "draft")
                records[2] = records[2].with("created_at", "yesterday")
                return .json(.array(records + ["no object", nil]))
            }
        }
        let store = RecordingIngestionStore()
        let report = try await syncGitHub(fake.transport, store)
        #expect(report.isSuccess)
        #expect(await store.count("prs") == 1)
        let rejected = await store.rejected
        #expect(rejected.map(\.kind) == Array(repeating: "github_pr", count: 5))
        #expect(rejected.map(\.identity).prefix(3) == ["acme/api#1", "acme/api#2", "acme/api#3"])
        #expect(
            rejected.map(\.reason).prefix(3) == [
                "title is missing", "state is none of open, closed, merged: draft",
                "created_at is not an ISO 8601 date: \"yesterday\"",
            ]
        )
        #expect(report.result.rejected == 5)
    }

    @Test("Answers of API version 2026-03-10, deleted accounts and unknown members decode")
    func bothVersions() throws {
        let repository = try GitHubRecords.repository(FakeGitHub.repository)
        let old: JSONValue = [
            "id": 1, "number": 5, "title": "T\u{0}itle", "state": "closed", "created_at": "2024-01-01T00:00:00Z",
            "merged_at": "2024-01-02T00:00:00Z", "merge_commit_sha": "abc", "assignee": nil, "user": nil,
        ]
        let pull = try GitHubRecords.pullRequest(old, of: repository)
        #expect(pull.state == .merged)
        #expect(pull.author == "ghost")
        #expect(pull.mergeCommitSHA == "abc")
        let new = try GitHubRecords.pullRequest(
            old.without("merge_commit_sha").without("assignee").with("brand_new", ["deep": [1, 2]]),
            of: repository
        )
        #expect(new.mergeCommitSHA == nil)
        #expect(new.number == 5)
    }

    @Test("A pull request whose parts are gone is stored as far as the list shows it")
    func missingParts() async throws {
        let fake = FakeGitHub(pulls: 3)
        await fake.edit { fake in
            fake.override = { _, asked in asked.path.contains("/pulls/2") ? .notFound : nil }
        }
        let store = RecordingIngestionStore()
        let report = try await syncGitHub(fake.transport, store)
        #expect(report.isSuccess)
        #expect(await store.count("prs") == 3)
        #expect(await store.rejected.allSatisfy { $0.identity == "acme/api#2" && $0.reason.contains("incomplete") })
        #expect(await store.pages.flatMap(\.completeSets).contains { $0.number == 2 } == false)
    }

    @Test("One repository's failure is recorded and stops no other")
    func isolation() async throws {
        let fake = FakeGitHub(pulls: 3)
        let store = RecordingIngestionStore()
        let report = try await syncGitHub(fake.transport, store, repositories: ["acme/gone", "acme/api"])
        #expect(report.ending == .complete)
        #expect(report.failures.map(\.kind) == [.notFound])
        #expect(await store.failures.map(\.unit) == ["repository:acme/gone"])
        #expect(await store.count("prs") == 3)
    }

    @Test("A failure stands until the unit succeeds, even where it then finds nothing")
    func recovery() async throws {
        let fake = FakeGitHub()
        await fake.edit { fake in
            fake.override = { _, asked in asked.path.hasSuffix("/repos/acme/api") ? nil : HTTPResponse(status: 503) }
        }
        let store = RecordingIngestionStore()
        _ = try await syncGitHub(fake.transport, store)
        #expect(
            await store.standing == [
                "pulls:acme/api@42": "transient", "review-comments:acme/api@42": "transient",
                "issue-comments:acme/api@42": "transient", "deployments:acme/api@42": "transient",
                "releases:acme/api@42": "transient", "commits:acme/api@42": "transient",
            ]
        )
        await fake.edit { $0.override = nil }
        let report = try await syncGitHub(fake.transport, store)
        #expect(report.isSuccess)
        #expect(await store.standing.isEmpty)
    }

    @Test("Refused credentials end the sync at once")
    func refusal() async throws {
        let fake = FakeGitHub(pulls: 3)
        await fake.edit { $0.override = { _, _ in .json(["message": "Bad credentials"], status: 401) } }
        let store = RecordingIngestionStore()
        let report = try await syncGitHub(fake.transport, store, repositories: ["acme/api", "acme/web"])
        guard case .refused(let error) = report.ending else {
            Issue.record("ended with \(report.ending)")
            return
        }
        #expect(error.kind == .authentication)
        #expect(fake.recorder.all.count == 1)
    }

    @Test("Where no repositories are named, the organization's are read; a user's, where no organization has the name")
    func listing() async throws {
        let fake = FakeGitHub(pulls: 2)
        let store = RecordingIngestionStore()
        _ = try await syncGitHub(fake.transport, store, repositories: [], organization: "acme")
        #expect(await store.count("prs") == 2)

        await fake.edit { fake in
            fake.override = { _, asked in
                switch asked.parts.first {
                case "orgs": .notFound
                case "users": .json([FakeGitHub.repository])
                default: nil
                }
            }
        }
        let other = RecordingIngestionStore()
        let report = try await syncGitHub(fake.transport, other, repositories: [], organization: "ada")
        #expect(report.isSuccess, "\(report.failures)")
        #expect(await other.count("prs") == 2)
    }

    @Test("More than 250 commits are noted and not taken for the whole set")
    func manyCommits() async throws {
        let fake = FakeGitHub(pulls: 1)
        await fake.edit { fake in
            fake.pageSize = 100
            fake.pulls[0].commits = (0..<250).map { "sha\($0)" }
            fake.override = { fake, asked in
                asked.path.hasSuffix("/pulls/1")
                    ? .json(FakeGitHub.record(fake.pulls[0], isDetail: true).with("commits", 400)) : nil
            }
        }
        let store = RecordingIngestionStore()
        let report = try await syncGitHub(fake.transport, store)
        #expect(await store.count("prs_commits") == 250)
        #expect(report.units.flatMap(\.notes).contains { $0.contains("more than 250 commits") })
        #expect(await store.pages.flatMap(\.completeSets).map(\.children) == [.reviews])
    }

    @Test("Rows that move while the list is read are caught by the next sync", arguments: 0..<20)
    func moving(seed: Int) async throws {
        let fake = FakeGitHub(pulls: 14, comments: 20)
        await fake.edit { fake in
            fake.disturb = { fake, asked in
                guard asked.query["page"] != nil || asked.query["since"] != nil else { return }
                fake.touch(pull: (fake.recorder.all.count * 7 + seed * 5) % fake.pulls.count)
                let index = (fake.recorder.all.count * 3 + seed) % fake.issueComments.count
                fake.issueComments[index].updated = fake.tick()
                fake.issueComments[index].body += "!"
                // A deletion pulls all later rows one place up.
                if fake.reviewComments.count > 10 { fake.reviewComments.remove(at: (seed * 3) % 5) }
            }
        }
        let store = RecordingIngestionStore()
        _ = try await syncGitHub(fake.transport, store)
        await fake.edit { $0.disturb = nil }
        _ = try await syncGitHub(fake.transport, store)
        for pull in await fake.pulls {
            #expect(await store.row("prs", String(9_000 + pull.number))?.contains("title: \"\(pull.title)\"") == true)
            #expect(
                await store.content.rows["prs_commits"]?.keys.filter { $0.hasPrefix("42#\(pull.number)@") }.count
                    == pull.commits.count
            )
        }
        for comment in await fake.issueComments where comment.isOnPullRequest {
            #expect(await store.row("prs_comments", "issue:\(comment.id)")?.contains("\"\(comment.body)\"") == true)
        }
        for comment in await fake.reviewComments {
            #expect(await store.row("prs_comments", "review:\(comment.id)") != nil)
        }
    }

    @Test("A page of comments that share one second is read to its end by links")
    func sameSecond() async throws {
        let fake = FakeGitHub(pulls: 0, comments: 11)
        await fake.edit { fake in
            for index in fake.reviewComments.indices { fake.reviewComments[index].updated = FakeGitHub.epoch }
        }
        let store = RecordingIngestionStore()
        let report = try await syncGitHub(fake.transport, store)
        #expect(report.isSuccess)
        #expect(await store.content.rows["prs_comments"]?.keys.filter { $0.hasPrefix("review:") }.count == 11)
    }
}
