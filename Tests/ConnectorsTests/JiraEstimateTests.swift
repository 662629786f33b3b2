import Foundation
import HTTPTransport
import PulseModel
import Store
import Testing

@testable import Connectors

@Suite("Story points of a field that only the boards name")
struct JiraEstimateTests {
    /// A site whose list of fields names none for story points; its board estimates in customfield_77.
    static func fake() async -> FakeJira {
        let fake = FakeJira(pay: 1)
        await fake.edit { fake in
            fake.issues[0].fields = ["customfield_77": 8]
            fake.override = { fake, asked in
                switch asked.path {
                case "/rest/api/3/field":
                    return .json([
                        ["id": "customfield_77", "name": "故事点", "schema": ["type": "number", "custom": "com.x:float"]]
                    ])
                case "/rest/agile/1.0/board":
                    return .json(["isLast": true, "values": [["id": 8, "name": "B", "type": "scrum"]]])
                case "/rest/agile/1.0/board/8/sprint": return .json(["isLast": true, "values": []])
                case "/rest/agile/1.0/board/8/configuration":
                    return .json([
                        "estimation": ["type": "field", "field": ["fieldId": "customfield_77", "displayName": "故事点"]]
                    ])
                case "/rest/api/3/issue/bulkfetch":
                    // Only what is asked for comes.
                    let wanted = (asked.body["fields"].array ?? []).compactMap(\.string)
                    let records = fake.issues.map(fake.record).map { record in
                        record.with("fields", .object((record["fields"].members ?? []).filter { wanted.contains($0.name) }))
                    }
                    return .json(["issues": .array(records), "issueErrors": []])
                default: return nil
                }
            }
        }
        return fake
    }

    static func connector(_ fake: FakeJira, _ store: any IngestionStore) throws -> JiraConnector {
        try JiraConnector(
            JiraDefinition(
                baseURL: FakeJira.host,
                email: "a@b.test",
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
    }

    @Test("A sync reads them")
    func synced() async throws {
        let fake = await Self.fake()
        let store = RecordingIngestionStore()
        _ = try await syncJira(fake.transport, store, projects: ["PAY"])
        #expect(await store.pages.flatMap(\.workItems).first?.storyPoints == 8)
    }

    @Test("An event reads the same field, and asks the boards only where no sync has", arguments: [true, false])
    func refreshed(isSyncedBefore: Bool) async throws {
        let fake = await Self.fake()
        let store = RecordingIngestionStore()
        if isSyncedBefore { _ = try await syncJira(fake.transport, store, projects: ["PAY"]) }
        await store.forgetPages()
        await fake.edit { $0.issues[0].fields = ["customfield_77": 13] }
        fake.recorder.forget()
        let connector = try Self.connector(fake, store)
        #expect(try await connector.refresh(issues: ["10001"]) == ["10001"])
        #expect(await store.pages.flatMap(\.workItems).map(\.storyPoints) == [13])
        #expect(fake.recorder.urls.contains { $0.contains("/board") } == !isSyncedBefore)
        fake.recorder.forget()
        try await connector.refresh(issues: ["10001"])
        #expect(!fake.recorder.urls.contains { $0.contains("/board") })
    }
}
