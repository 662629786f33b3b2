import Foundation
import PulseModel
import Store

/// Jira's objects as rows.
///
/// Names may come in the language of the calling account; ids, keys and `untranslatedName` never do, so decisions go by those.
/// Optional members that have an unexpected type count as absent; only what a row cannot be without rejects the record.
enum JiraRecords {
    static func project(_ record: JSONValue, site: String) throws(RecordProblem) -> Project {
        let key = try required(record["key"].text, "key", in: record["key"], as: "a text")
        return Project(
            id: try required(record["id"].identifier, "id", in: record["id"], as: "an id"),
            key: key,
            name: record["name"].text ?? key,
            projectType: record["projectTypeKey"].text,
            details: ADFText.plain(record["description"]),
            lead: record["lead"]["displayName"].text,
            url: "\(site)/browse/\(key)"
        )
    }

    static func type(_ record: JSONValue) throws(RecordProblem) -> WorkItemType {
        let name = try required(record["name"].text, "name", in: record["name"], as: "a text")
        let untranslated = record["untranslatedName"].text
        // Data Center names no level.
        let level =
            record["hierarchyLevel"].int
            ?? (record["subtask"].bool == true ? -1 : (untranslated ?? name).lowercased() == "epic" ? 1 : 0)
        return WorkItemType(
            id: try required(record["id"].identifier, "id", in: record["id"], as: "an id"),
            originalName: name,
            untranslatedName: untranslated,
            details: ADFText.plain(record["description"]),
            hierarchyLevel: level,
            projectID: record["scope"]["project"]["id"].identifier
        )
    }

    static func status(_ record: JSONValue) throws(RecordProblem) -> Status {
        Status(
            id: try required(record["id"].identifier, "id", in: record["id"], as: "an id"),
            originalName: try required(record["name"].text, "name", in: record["name"], as: "a text"),
            untranslatedName: record["untranslatedName"].text,
            category: Self.category(record["statusCategory"]),
            details: ADFText.plain(record["description"]),
            projectID: record["scope"]["project"]["id"].identifier
        )
    }

    /// `/status` holds an object with Jira's own key, `/statuses/search` one of three words.
    static func category(_ value: JSONValue) -> String {
        if let key = value["key"].text { return key }
        return switch value.string {
        case "TODO": "new"
        case "IN_PROGRESS": "indeterminate"
        case "DONE": "done"
        default: "undefined"
        }
    }

    static func workItem(_ record: JSONValue, fields known: JiraFields, site: String) throws(RecordProblem) -> WorkItem {
        let fields = record["fields"]
        let key = try required(record["key"].text, "key", in: record["key"], as: "a text")
        guard WorkItemKey.isValid(key) else { throw RecordProblem("key is not like PAY-142: \(key.prefix(80))") }
        let summary = try required(fields["summary"].text, "summary", in: fields["summary"], as: "a text")
        if fields["status"].isNull { throw RecordProblem("status is missing") }
        let status = try required(fields["status"]["id"].identifier, "status.id", in: fields["status"]["id"], as: "an id")
        let created = try required(fields["created"].date, "created", in: fields["created"], as: "an ISO 8601 date")
        let parent = Self.parent(of: fields, known)
        let sprints = Self.sprints(in: fields, known)
        return WorkItem(
            id: try required(record["id"].identifier, "id", in: record["id"], as: "an id"),
            key: key,
            projectID: fields["project"]["id"].identifier ?? "",
            typeID: fields["issuetype"]["id"].identifier ?? "",
            statusID: status,
            summary: summary,
            details: known.plain(fields["description"]),
            acceptanceCriteria: Self.first(known.acceptanceCriteria, in: fields, known.plain),
            environment: known.plain(fields["environment"]),
            team: Self.first(known.teams, in: fields) { $0["name"].text ?? $0["title"].text ?? $0["value"].text ?? $0.text },
            resolution: fields["resolution"]["name"].text,
            storyPoints: Self.first(known.storyPoints, in: fields) { $0.double ?? $0.text.flatMap(Double.init) },
            assignee: Self.name(fields["assignee"]),
            reporter: Self.name(fields["reporter"]),
            labels: (fields["labels"].array ?? []).compactMap(\.text),
            priority: fields["priority"]["name"].text,
            parentID: parent.id,
            parentKey: parent.key,
            sprints: sprints.map(\.name),
            sprintIDs: sprints.map(\.id),
            codeChanged: known.development.contains { Self.namesWork(fields[$0]) },
            customFields: Self.additional(known.additional, in: fields),
            url: "\(site)/browse/\(key)",
            createdAt: created,
            updatedAt: fields["updated"].date ?? created,
            resolvedAt: fields["resolutiondate"].date
        )
    }

    /// The development field holds `{}` where there is nothing.
    private static func namesWork(_ value: JSONValue) -> Bool {
        switch value {
        case .string(let text): text.contains { $0.isLetter }
        case .object(let members): !members.isEmpty
        default: false
        }
    }

    /// What the integration asked for besides, as text where it is text.
    private static func additional(_ ids: [String], in fields: JSONValue) -> [String: String] {
        var values: [String: String] = [:]
        for id in ids where !fields[id].isNull && !JiraFields.standard.contains(id) {
            let value = fields[id]
            let name = value["name"].text ?? value["value"].text ?? value["displayName"].text
            values[id] = name ?? (value["type"].string == "doc" ? ADFText.plain(value) : value.string ?? value.serialized)
        }
        return values
    }

    static func board(_ record: JSONValue) -> Board? {
        guard let id = record["id"].identifier, let name = record["name"].text else { return nil }
        return Board(
            id: id,
            name: name,
            type: record["type"].text,
            projectID: record["location"]["projectId"].identifier,
            projectKey: record["location"]["projectKey"].text
        )
    }

    /// The sprints of an issue, each once.
    static func sprints(in fields: JSONValue, _ known: JiraFields) -> [Sprint] {
        var values = known.sprints.flatMap { fields[$0].array ?? [fields[$0]] }
        // As the agile API has them.
        values += [fields["sprint"]] + (fields["closedSprints"].array ?? [])
        var sprints: [Sprint] = []
        for sprint in values.compactMap(Self.sprint) where !sprints.contains(where: { $0.id == sprint.id }) {
            sprints.append(sprint)
        }
        return sprints
    }

    /// An object, or the text that older servers print: `…Sprint@1f2[id=7,state=CLOSED,name=Sprint 7,…]`.
    static func sprint(_ value: JSONValue) -> Sprint? {
        var value = value
        if let text = value.string, let open = text.firstIndex(of: "["), text.hasSuffix("]") {
            var members: [JSONValue.Member] = []
            for part in text[text.index(after: open)...].dropLast().split(separator: ",", omittingEmptySubsequences: false) {
                let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
                if pair.count == 2, !pair[0].isEmpty, pair[0].allSatisfy(\.isLetter) {
                    members.append(.init(name: pair[0], value: ["", "<null>"].contains(pair[1]) ? .null : .string(pair[1])))
                } else if let last = members.indices.last, case .string(let begun) = members[last].value {
                    // A comma within a name.
                    members[last].value = .string("\(begun),\(part)")
                }
            }
            value = .object(members)
        }
        guard let id = value["id"].identifier, let name = value["name"].text else { return nil }
        return Sprint(
            id: id,
            name: name,
            state: value["state"].text?.lowercased(),
            goal: value["goal"].text,
            boardID: value["boardId"].identifier ?? value["originBoardId"].identifier ?? value["rapidViewId"].identifier,
            startedAt: value["startDate"].date,
            endsAt: value["endDate"].date,
            completedAt: value["completeDate"].date
        )
    }

    static func user(_ record: JSONValue) -> SourceUser? {
        guard let id = record["accountId"].identifier ?? record["key"].identifier ?? record["name"].identifier else { return nil }
        return SourceUser(id: id, name: Self.name(record), isActive: record["active"].bool)
    }

    static func name(_ user: JSONValue) -> String? {
        user["displayName"].text ?? user["name"].text ?? user["accountId"].text
    }

    /// The parent field; before it, the epic link, which holds a key; from the agile API, the epic.
    private static func parent(of fields: JSONValue, _ known: JiraFields) -> (id: String?, key: String?) {
        let parent = fields["parent"]
        if let key = parent["key"].text { return (parent["id"].identifier, key) }
        if let key = Self.first(known.epicLinks, in: fields, { $0.text ?? $0["key"].text }), WorkItemKey.isValid(key) {
            return (nil, key)
        }
        if let key = fields["epic"]["key"].text { return (fields["epic"]["id"].identifier, key) }
        return (parent["id"].identifier, nil)
    }

    private static func first<T>(_ ids: [String], in fields: JSONValue, _ read: (JSONValue) -> T?) -> T? {
        for id in ids { if let value = read(fields[id]) { return value } }
        return nil
    }
}
