import Foundation
import HTTPTransport
import PulseModel
import Store
import Testing

@testable import Connectors

@Suite("Jira Data Center")
struct JiraDataCenterTests {
    /// Plays the search of REST API 2 over the fake's issues: pages by number, all histories embedded.
    private func fake(_ count: Int) async -> FakeJira {
        let fake = FakeJira(pay: count)
        await fake.edit { fake in
            fake.embedded = 1_000
            fake.override = { fake, asked in Self.answer(fake, asked) }
        }
        return fake
    }

    private static func answer(_ fake: isolated FakeJira, _ asked: Asked) -> HTTPResponse? {
        switch asked.path {
        case "/rest/api/2/field": return .json(FakeJira.fields)
        case "/rest/api/2/project": return .json([FakeJira.project("PAY", "1"), FakeJira.project("OPS", "2")])
        case "/rest/api/2/issuetype":
            return .json([["id": "100", "name": "Epic"], ["id": "101", "name": "Part", "subtask": true]])
        case "/rest/api/2/status": return .json([["id": "1", "name": "Open", "statusCategory": ["key": "new"]]])
        case "/rest/api/2/user/search":
            return .json(asked.query["startAt"] == "0" ? [["key": "JIRAUSER1", "name": "ann", "displayName": "Ann"]] : [])
        case "/rest/api/2/search":
            let bound = (asked.body["jql"].string ?? "").split(separator: "updated >= ", omittingEmptySubsequences: false)
                .dropFirst().first?.prefix(while: \.isNumber)
            let since = bound.flatMap { Int($0) } ?? 0
            let sorted = fake.issues.sorted { ($0.updated, $0.id) < ($1.updated, $1.id) }
                .filter { SourceDate.milliseconds(of: $0.updated) / 1_000 >= since / 1_000 }
            let start = min(asked.body["startAt"].int ?? 0, sorted.count)
            let page = sorted[start..<min(start + fake.pageSize, sorted.count)]
            return .json([
                "startAt": .number("\(start)"), "maxResults": .number("\(fake.pageSize)"), "total": .number("\(sorted.count)"),
                "issues": .array(page.map(fake.record)),
            ])
        default: return .notFound
        }
    }

    private func sync(_ fake: FakeJira, _ store: RecordingIngestionStore, email: String = "") async throws -> SyncReport {
        let connector = try JiraConnector(
            JiraDefinition(
                deployment: .dataCenter,
                baseURL: FakeJira.host,
                email: email,
                apiToken: SecretReference(variable: "T"),
                projects: ["PAY"]
            ),
            token: Secret("jira_topsecret"),
            transport: fake.transport,
            store: store,
            tenant: UUID(),
            integration: UUID(),
            logger: quiet,
            clock: FakeTime().clock
        )
        return await connector.sync()
    }

    @Test("All comes by REST API 2, histories embedded, wiki markup as plain text")
    func whole() async throws {
        let fake = await self.fake(14)
        await fake.edit { fake in
            fake.issues[0].fields = ["description": "h1. Why\n* {{retry}} it", "customfield_5": "*Given*"]
        }
        let store = RecordingIngestionStore()
        let report = try await self.sync(fake, store)
        #expect(report.isSuccess, "\(report.failures)")
        #expect(await store.count("work_items") == 14)
        #expect(await store.count("changelogs") == (0..<14).reduce(0) { $0 + $1 % 5 })
        let item = try #require(await store.pages.flatMap(\.workItems).first { $0.key == "PAY-1" })
        #expect(item.details == "Why\n- retry it")
        #expect(item.acceptanceCriteria == "Given")
        #expect(
            await store.pages.flatMap(\.workItemTypes).map(\.hierarchyLevel) == [1, -1],
            "from names, where no level is sent"
        )
        #expect(await store.row("users", "JIRAUSER1")?.contains("Ann") == true)
        let requests = fake.recorder.all
        #expect(requests.allSatisfy { !$0.url.contains("/rest/api/3/") })
        #expect(requests.allSatisfy { $0.headers["authorization"] == "Bearer jira_topsecret" })
        _ = try await self.sync(fake, store, email: "ann")
        #expect(fake.recorder.all.last?.headers["authorization"]?.hasPrefix("Basic ") == true)
    }

    @Test("Issues that are updated while pages are cut by number are not lost", arguments: 0..<8)
    func moving(seed: Int) async throws {
        let fake = await self.fake(25)
        await fake.edit { fake in
            // Many share a second, so that pages begin within it.
            for index in fake.issues.indices where index % 8 != 0 {
                fake.issues[index].updated = fake.issues[index - index % 8].updated
            }
            fake.pageSize = 3
            fake.override = { fake, asked in
                if asked.path.hasSuffix("/search"), fake.recorder.all.count > 6, fake.recorder.all.count < 40 {
                    let index = (fake.recorder.all.count * 7 + seed * 3) % fake.issues.count
                    fake.issues[index].updated = fake.tick()
                    fake.issues[index].summary += "!"
                }
                return Self.answer(fake, asked)
            }
        }
        let store = RecordingIngestionStore()
        let report = try await self.sync(fake, store)
        #expect(report.isSuccess, "\(report.failures)")
        await fake.edit { fake in fake.override = { fake, asked in Self.answer(fake, asked) } }
        _ = try await self.sync(fake, store)
        for issue in await fake.issues {
            #expect(await store.row("work_items", issue.id)?.contains("\"\(issue.summary)\"") == true, "\(issue.key)")
        }
    }

    @Test("The file of an integration names the deployment")
    func definition() throws {
        func definition(_ text: String) throws -> IntegrationDefinition { try IntegrationDefinition(json: text.utf8) }
        let json =
            #"{"kind":"jira","base_url":"https://jira.acme.example/jira","api_token":"env:T","deployment_type":"datacenter"}"#
        guard case .jira(let jira) = try definition(json) else {
            Issue.record("not read as Jira's")
            return
        }
        #expect(jira.deployment == .dataCenter && jira.email.isEmpty)
        #expect(throws: IntegrationDefinitionError.self) { try definition(json.replacing("datacenter", with: "server")) }
        #expect(throws: IntegrationDefinitionError.self, "Cloud wants the account's address") {
            try definition(json.replacing("datacenter", with: "cloud"))
        }
    }
}
