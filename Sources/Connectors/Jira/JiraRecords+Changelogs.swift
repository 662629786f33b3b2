import Foundation
import PulseModel

/// Histories of issues.
extension JiraRecords {
    /// One entry of a history; ``statusTimes(of:createdAt:isComplete:)`` adds how long statuses lasted.
    ///
    /// - Parameter fields: tell which custom field holds the sprints.
    static func changelog(_ record: JSONValue, of issue: String, _ fields: JiraFields) throws(RecordProblem) -> Changelog {
        let items = (record["items"].array ?? []).map { item in
            Changelog.Item(
                field: item["field"].text ?? item["fieldId"].text ?? "",
                fieldID: item["fieldId"].text,
                role: Self.role(of: item, fields),
                from: item["from"].identifier,
                to: item["to"].identifier,
                fromText: item["fromString"].text,
                toText: item["toString"].text
            )
        }
        let status = items.filter { $0.role == .status }
        return Changelog(
            id: try required(record["id"].identifier, "id", in: record["id"], as: "an id"),
            workItemID: issue,
            fromStatusID: status.first?.from,
            toStatusID: status.last?.to,
            changedBy: Self.name(record["author"]),
            changedAt: try required(Self.moment(record["created"]), "created", in: record["created"], as: "a date"),
            enteredAt: nil,
            timeInStatusSeconds: nil,
            items: items
        )
    }

    /// What the changed field is: by its id, which only Cloud sends; else by its name and whether it is one of Jira's own.
    ///
    /// Names alone do not tell: a site may have a field of its own called "status", rename the sprint field, or speak another language.
    private static func role(of item: JSONValue, _ fields: JiraFields) -> Changelog.Item.Role? {
        let name = item["field"].text ?? ""
        if let id = item["fieldId"].text {
            if id == "status" { return .status }
            if id == "issuekey" { return .key }
            if fields.sprints.contains(id) { return .sprint }
            // Only where the site's list of fields cannot be read does the name have to do.
            return fields.sprints.isEmpty && id.hasPrefix("customfield_") && name == "Sprint" ? .sprint : nil
        }
        if item["fieldtype"].text != "custom" {
            if name == "status" { return .status }
            if name == "Key" { return .key }
        }
        return name == "Sprint" || fields.sprintNames.contains(name) ? .sprint : nil
    }

    /// Fills in when each status that was left had been entered, and how long it lasted.
    ///
    /// - Parameters:
    ///   - changelogs: of one issue, in any order.
    ///   - isComplete: whether the history reaches back to the issue's creation; if not, the first interval is unknown.
    static func statusTimes(of changelogs: [Changelog], createdAt: Date, isComplete: Bool) -> [Changelog] {
        var entered: Date? = isComplete ? createdAt : nil
        return changelogs.sorted { ($0.changedAt, $0.id.count, $0.id) < ($1.changedAt, $1.id.count, $1.id) }.map { changelog in
            guard changelog.items.contains(where: { $0.role == .status }) else { return changelog }
            var changelog = changelog
            changelog.enteredAt = entered
            changelog.timeInStatusSeconds = entered.map { max(0, changelog.changedAt.timeIntervalSince($0)) }
            entered = changelog.changedAt
            return changelog
        }
    }

    /// A date, or the epoch number that `changelog/bulkfetch` sends instead: seconds in the documentation's example,
    /// milliseconds elsewhere; told apart by size.
    private static func moment(_ value: JSONValue) -> Date? {
        if let date = value.date { return date }
        guard let number = value.double ?? value.string.flatMap(Double.init), number > 0 else { return nil }
        return Date(timeIntervalSince1970: number > 1e11 ? number / 1_000 : number)
    }
}
