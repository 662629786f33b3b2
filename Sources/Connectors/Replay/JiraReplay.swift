import Foundation
import PulseModel
import Store

/// Jira's kept records as rows. Histories stand in their issue's record, or by themselves where the issue's record held not all.
struct JiraReplay: RecordReplay {
    let passes = [
        ["jira_fields", "jira_estimates"], ["jira_project", "jira_issue_type", "jira_status", "jira_board", "jira_sprint"], ["jira_issue"],
        ["jira_changelog"],
    ]

    private let site: String
    private let additional: [String]
    private let isWikiText: Bool
    private var listed = JiraFields()
    /// Fields that boards estimate in, which count where the list of fields names none for story points.
    private var estimates: [String] = []
    private var fields = JiraFields()
    /// When each issue was made, from where the time in its first status counts.
    private var created: [String: Date] = [:]
    /// Histories of an issue that were kept by themselves.
    private var histories: [String: [Changelog]] = [:]

    init(_ definition: JiraDefinition) {
        self.site = definition.baseURL
        self.additional = definition.fields
        self.isWikiText = definition.deployment == .dataCenter
    }

    mutating func take(_ kept: KeptRecord, _ record: JSONValue, into page: inout IngestionPage) -> Bool {
        switch kept.kind {
        case "jira_fields":
            self.listed = JiraFields(record.array ?? [])
            self.takeFields()
        case "jira_estimates":
            self.estimates = (record.array ?? []).compactMap(\.text)
            self.takeFields()
        case "jira_board": if let board = JiraRecords.board(record) { page.boards.append(board) }
        case "jira_sprint": if let sprint = JiraRecords.sprint(record) { page.sprints.append(sprint) }
        case "jira_project":
            let project = page.taking("jira_project", kept.stableID) { () throws(RecordProblem) in
                try JiraRecords.project(record, site: self.site)
            }
            if let project { page.projects.append(project) }
        case "jira_issue_type":
            let type = page.taking("jira_issue_type", kept.stableID) { () throws(RecordProblem) in
                try JiraRecords.type(record)
            }
            if let type { page.workItemTypes.append(type) }
        case "jira_status":
            let status = page.taking("jira_status", kept.stableID) { () throws(RecordProblem) in try JiraRecords.status(record) }
            if let status { page.statuses.append(status) }
        case "jira_issue": self.issue(kept, record, into: &page)
        case "jira_changelog":
            guard let issue = kept.parent, let changelog = self.changelog(record, of: issue, into: &page) else { return true }
            self.histories[issue, default: []].append(changelog)
        default: return false
        }
        return true
    }

    private mutating func takeFields() {
        self.fields = self.listed
        if self.fields.storyPoints.isEmpty { self.fields.storyPoints = self.estimates }
        (self.fields.additional, self.fields.isWikiText) = (self.additional, self.isWikiText)
    }

    private mutating func issue(_ kept: KeptRecord, _ record: JSONValue, into page: inout IngestionPage) {
        let fields = self.fields
        let item = page.taking("jira_issue", record["key"].text ?? kept.stableID) { () throws(RecordProblem) in
            try JiraRecords.workItem(record, fields: fields, site: self.site)
        }
        guard let item else { return }
        page.workItems.append(item)
        self.created[item.id] = item.createdAt
        for sprint in JiraRecords.sprints(in: record["fields"], fields) { page.sprints.append(sprint) }
        for user in [record["fields"]["assignee"], record["fields"]["reporter"]] { page.add(JiraRecords.user(user)) }
        let embedded = record["changelog"]["histories"].array ?? []
        let isWhole = (record["changelog"]["total"].int ?? embedded.count) <= embedded.count
        let changelogs = embedded.compactMap { self.changelog($0, of: item.id, into: &page) }
        page.changelogs += JiraRecords.statusTimes(of: changelogs, createdAt: item.createdAt, isComplete: isWhole)
    }

    private func changelog(_ record: JSONValue, of issue: String, into page: inout IngestionPage) -> Changelog? {
        let fields = self.fields
        page.add(JiraRecords.user(record["author"]))
        return page.taking("jira_changelog", "\(issue) history \(record["id"].identifier ?? "?")") { () throws(RecordProblem) in
            try JiraRecords.changelog(record, of: issue, fields)
        }
    }

    /// Histories that were fetched together are the whole of their issues.
    mutating func end(_ page: inout IngestionPage) {
        for (issue, changelogs) in self.histories.sorted(by: { $0.key < $1.key }) {
            guard let created = self.created[issue] else {
                page.changelogs += changelogs
                continue
            }
            page.changelogs += JiraRecords.statusTimes(of: changelogs, createdAt: created, isComplete: true)
        }
        self.histories = [:]
    }
}
