import PulseModel
import Testing

@testable import Connectors

@Suite("Fields of Jira's histories")
struct JiraChangelogTests {
    private static let fields = JiraFields([
        [
            "id": "customfield_1", "name": "Iteration", "untranslatedName": "Sprint 2.0",
            "schema": ["custom": "com.pyxis.greenhopper.jira:gh-sprint"],
        ],
        ["id": "customfield_9", "name": "Sprint", "schema": ["custom": "com.atlassian:textfield", "type": "string"]],
    ])

    private static func change(_ items: JSONValue, _ fields: JiraFields = Self.fields) throws -> Changelog {
        try JiraRecords.changelog(["id": "1", "created": "2025-01-01T00:00:00.000Z", "items": items], of: "7", fields)
    }

    @Test("Cloud's fields are known by their ids, whatever they are called")
    func byID() throws {
        let change = try Self.change([
            // A field of the site's own that is called status, before the real one in another language.
            ["field": "status", "fieldId": "customfield_8", "fieldtype": "custom", "from": "900", "to": "901"],
            ["field": "Estado", "fieldId": "status", "fieldtype": "jira", "from": "1", "to": "2"],
            ["field": "Etapa", "fieldId": "customfield_1", "fieldtype": "custom", "from": "", "to": "7"],
            ["field": "Sprint", "fieldId": "customfield_9", "fieldtype": "custom", "from": "", "to": "8"],
            ["field": "Clave", "fieldId": "issuekey", "fieldtype": "jira", "fromString": "PAY-1", "toString": "OPS-2"],
        ])
        #expect(change.items.map(\.role) == [nil, .status, .sprint, nil, .key])
        #expect(change.items.map(\.fieldID) == ["customfield_8", "status", "customfield_1", "customfield_9", "issuekey"])
        #expect(change.fromStatusID == "1" && change.toStatusID == "2")
        let timed = JiraRecords.statusTimes(of: [change], createdAt: change.changedAt.addingTimeInterval(-60), isComplete: true)
        #expect(timed.first?.timeInStatusSeconds == 60)
    }

    @Test("A change of a field of the site's own that is called status is no change of status")
    func ownStatus() throws {
        for id in ["customfield_8", nil] {
            let named: JSONValue = ["field": "status", "fieldtype": "custom", "from": "900", "to": "901"]
            let change = try Self.change([id.map { named.with("fieldId", .string($0)) } ?? named])
            #expect(change.fromStatusID == nil && change.toStatusID == nil)
            #expect(JiraRecords.statusTimes(of: [change], createdAt: .distantPast, isComplete: true).first?.enteredAt == nil)
        }
    }

    @Test("Data Center's fields are known by name and kind")
    func byName() throws {
        let change = try Self.change([
            ["field": "status", "fieldtype": "jira", "from": "1", "to": "2"],
            ["field": "Iteration", "fieldtype": "custom", "from": "", "to": "7"],
            // As it was called before it was renamed.
            ["field": "Sprint", "fieldtype": "custom", "from": "", "to": "7"],
            ["field": "Key", "fieldtype": "jira", "fromString": "PAY-1", "toString": "OPS-2"],
            ["field": "Key", "fieldtype": "custom", "fromString": "A", "toString": "B"],
        ])
        #expect(change.items.map(\.role) == [.status, .sprint, .sprint, .key, nil])
    }

    @Test("Where the list of fields cannot be read, the sprint field's own name does")
    func withoutFields() throws {
        let items: JSONValue = [
            ["field": "Sprint", "fieldId": "customfield_10020", "fieldtype": "custom", "from": "", "to": "7"]
        ]
        #expect(try Self.change(items, JiraFields()).items.map(\.role) == [.sprint])
    }
}
