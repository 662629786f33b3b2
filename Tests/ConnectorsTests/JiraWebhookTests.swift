import Foundation
import PulseModel
import Store
import Testing

@testable import Connectors

@Suite("Events of Jira")
struct JiraWebhookTests {
    private static let now = Date(timeIntervalSince1970: 1_750_000_000)

    private func read(_ body: JSONValue, projects: [String] = ["PAY"]) throws -> WebhookReading {
        try JiraWebhook.read(
            body,
            receivedAt: Self.now,
            JiraDefinition(
                baseURL: FakeJira.host,
                email: "a@b.test",
                apiToken: SecretReference(variable: "T"),
                projects: projects
            )
        )
    }

    @Test(
        "What happens to an issue has it read anew",
        arguments: ["jira:issue_created", "jira:issue_updated", "comment_created", "comment_deleted"]
    )
    func refreshes(event: String) throws {
        let reading = try self.read(["webhookEvent": .string(event), "issue": ["id": "10001", "key": "PAY-1"]])
        #expect(reading.refreshes == [.issue(id: "10001")])
        #expect(reading.page == nil, "events show an issue in the older form")
    }

    @Test("A deleted issue becomes a tombstone as new as the delivery")
    func deletes() throws {
        let reading = try self.read(["webhookEvent": "jira:issue_deleted", "issue": ["id": "10001", "key": "PAY-1"]])
        #expect(reading.page?.deletions == [Deletion(.workItems, "10001")])
        #expect(reading.page?.fetchedAt == Self.now)
        #expect(reading.refreshes.isEmpty)
    }

    @Test("An issue that leaves a project of the integration is still read; one that was never in any is not")
    func projects() throws {
        let moved: JSONValue = [
            "webhookEvent": "jira:issue_updated", "issue": ["id": "10001", "key": "HR-9"],
            "changelog": ["items": [["field": "Key", "fromString": "PAY-1", "toString": "HR-9"]]],
        ]
        #expect(try self.read(moved).refreshes == [.issue(id: "10001")])
        let foreign: JSONValue = ["webhookEvent": "jira:issue_updated", "issue": ["id": "2", "key": "HR-9"]]
        #expect(try self.read(foreign).refreshes.isEmpty)
        #expect(try self.read(foreign).note != nil)
        #expect(try self.read(foreign, projects: []).refreshes == [.issue(id: "2")])
    }

    @Test("A project that goes to the bin, a sprint and a board that are deleted are gone as of the delivery")
    func deletesLists() throws {
        let project: JSONValue = ["webhookEvent": "project_soft_deleted", "project": ["id": 10, "key": "PAY"]]
        #expect(try self.read(project).page?.deletions == [Deletion(.projects, "10")])
        #expect(try self.read(["webhookEvent": "sprint_deleted", "sprint": ["id": 7]]).page?.removedSprints == ["7"])
        #expect(try self.read(["webhookEvent": "board_deleted", "board": ["id": 8]]).page?.removedBoards == ["8"])
        #expect(throws: WebhookProblem.self) { try self.read(["webhookEvent": "sprint_deleted"]) }
    }

    @Test("Sprints and boards become rows; what tells nothing is ignored with a note")
    func others() throws {
        let sprint: JSONValue = [
            "webhookEvent": "sprint_closed", "sprint": ["id": 7, "name": "Sprint 7", "state": "closed", "originBoardId": 8],
        ]
        #expect(try self.read(sprint).page?.sprints.map(\.id) == ["7"])
        let option = try self.read(["webhookEvent": "option_voting_changed"])
        #expect(option.page == nil && option.note != nil)
    }

    @Test("A delivery that names nothing is no delivery", arguments: ["{}", "[]", #"{"webhookEvent": "jira:issue_deleted"}"#])
    func unreadable(text: String) throws {
        let body = try JSONParser.parse(text)
        #expect(throws: WebhookProblem.self) { try self.read(body) }
    }
}
