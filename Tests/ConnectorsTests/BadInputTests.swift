import Foundation
import HTTPTransport
import PulseModel
import Sandbox
import Store
import TestSupport
import Testing

@testable import Connectors

@Suite("Bad input from GitHub")
struct BadInputTests {
    @Test(
        "A missing scope or permission is named, beside what the token has",
        arguments: [
            (["x-accepted-oauth-scopes": "repo", "x-oauth-scopes": "read:user"], ["scopes repo", "read:user"]),
            (["x-accepted-github-permissions": "pull_requests=read"], ["pull_requests=read"]),
        ]
    )
    func missingScope(headers: [String: String], told: [String]) async throws {
        let fake = FakeGitHub(pulls: 3)
        await fake.edit { fake in
            fake.override = { _, asked in
                guard asked.path.contains("/pulls") else { return nil }
                return .json(
                    ["message": "Resource not accessible by personal access token"],
                    status: 403,
                    headers: HTTPHeaders(headers.map { ($0.key, $0.value) })
                )
            }
        }
        let report = try await syncGitHub(fake.transport, RecordingIngestionStore())
        let failure = try #require(report.failures.first)
        #expect(failure.kind == .permission)
        for text in told { #expect(failure.message.contains(text), "\(failure.message)") }
    }

    @Test("An organization that does not exist is one failure that says so")
    func missingOrganization() async throws {
        let fake = FakeGitHub(pulls: 3)
        await fake.edit { $0.override = { _, _ in .notFound } }
        let store = RecordingIngestionStore()
        let report = try await syncGitHub(fake.transport, store, repositories: [], organization: "nobody")
        #expect(report.failures.map(\.kind) == [.notFound])
        #expect(report.failures.first?.message.contains("nobody") == true)
        #expect(report.failures.first?.message.contains("check the name") == true)
        #expect(await store.count("repositories") == 0)
    }

    @Test("Answers of another shape end the sync: the member is named, and no further unit is asked for")
    func changedShape() async throws {
        let fake = FakeGitHub(pulls: 8)
        await fake.edit { fake in
            fake.pageSize = 10
            fake.override = { fake, asked in
                guard asked.path.hasSuffix("/repos/acme/api/pulls") else { return nil }
                return .json(.array(fake.pulls.map { FakeGitHub.record($0, isDetail: false).without("title") }))
            }
        }
        let store = RecordingIngestionStore()
        let report = try await syncGitHub(fake.transport, store)
        guard case .refused(let error) = report.ending else {
            Issue.record("ended with \(report.ending)")
            return
        }
        #expect(error.kind == .dataFormat && error.isChangedShape && !error.isTransient)
        #expect(error.message.contains("title") && error.message.contains("newer Pulse"))
        #expect(report.units.map(\.name) == ["repository:acme/api", "pulls:acme/api@42"])
        #expect(await store.standing["pulls:acme/api@42"] == "data_format")
    }

    @Test("A list that leads back to itself ends its unit, and no other")
    func circle() async throws {
        let fake = FakeGitHub(pulls: 2)
        await fake.edit { fake in
            fake.override = { _, asked in
                guard asked.path.hasSuffix("/releases") else { return nil }
                let link = "<\(FakeGitHub.host)/repos/acme/api/releases?per_page=100>; rel=\"next\""
                return .json(.array([]), headers: ["link": link])
            }
        }
        let store = RecordingIngestionStore()
        let report = try await syncGitHub(fake.transport, store)
        #expect(report.ending == .complete)
        #expect(report.failures.map(\.unit) == ["releases:acme/api@42"])
        #expect(report.failures.first?.message.contains("circles") == true)
        #expect(await store.count("prs") == 2)
    }

    @Test(
        "A text with NUL and half a surrogate is stored without them; a comment of a deleted account keeps its place",
        .enabled(if: TestDatabase.isAvailable),
        arguments: [true, false]
    )
    func oddTexts(usesGraphQL: Bool) async throws {
        try await SandboxWorld.with { world in
            let pull = try #require(world.state.pullNumbers.first)
            try world.state.patchPull(pull.repository, pull.number, json: #"{"title": "ODD TEXT", "body": "ODD TEXT"}"#)
            let transport = ScriptedTransport { request in
                var given = try await world.transport.send(request)
                let text = String(decoding: given.body, as: UTF8.self)
                if text.contains("ODD TEXT") { given.body = Array(text.replacing("ODD TEXT", with: #"A\u0000B\ud83dC"#).utf8) }
                if request.url.contains("/pulls/comments"), let items = try JSONParser.parse(given.body).array {
                    given.body = JSONValue.array(items.map { $0.with("user", .null) }).bytes
                }
                return given
            }
            let definition = world.definition(usesGraphQL: usesGraphQL)
            let report = try await world.connector(definition, transport: transport).sync()
            #expect(report.isSuccess, "\(report.failures)")
            #expect(report.result.rejected == 0)
            #expect(try await world.count("prs", where: "title = 'ABC' AND body = 'ABC'") == 1)
            let lines = try await world.count("prs_comments", where: "comment_type = 'review'")
            #expect(lines == world.state.counts.reviewComments)
            #expect(try await world.count("prs_comments", where: "comment_type = 'review' AND author_login = 'ghost'") == lines)
        }
    }
}
