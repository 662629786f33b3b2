import Foundation
import PulseModel
import Store

/// Jira's kept records as rows. Histories stand in their issue's record, or by themselves where the issue's record held not all.
struct JiraReplay: RecordReplay {
    let passes = [
        ["jira_fields", "jira_estimates", "jira_configuration"],
        [
            "jira_project", "jira_issue_type", "jira_status", "jira_workflow_status", "jira_workflow", "jira_board",
            "jira_sprint", "jira_user",
        ],
        ["jira_issue"], ["jira_changelog", "jira_panel"],
    ]

    /// What the last reading of types and statuses found: which of the kept ones are the whole lists.
    private struct Configuration {
        var readAt: Date
        var types: Set<String>
        var statuses: Set<String>
    }

    /// What later records need to know of an issue.
    private struct Issue {
        var key: String
        /// When it was made, from where the time in its first status counts.
        var createdAt: Date
        var namesPullRequests: Bool
    }

    private let site: String
    private let additional: [String]
    private let isWikiText: Bool
    private var listed = JiraFields()
    /// Fields that boards estimate in, which count where the list of fields names none for story points.
    private var estimates: [String] = []
    private var fields = JiraFields()
    private var configuration: Configuration?
    private var known = KnownLists()
    private var workflows: [JSONValue] = []
    private var workflowStatuses: [String: JSONValue] = [:]
    private var issues: [String: Issue] = [:]
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
        case "jira_configuration":
            self.configuration = Configuration(
                readAt: kept.fetchedAt,
                types: Set((record["types"].array ?? []).compactMap(\.text)),
                statuses: Set((record["statuses"].array ?? []).compactMap(\.text))
            )
        case "jira_workflow_status": self.workflowStatuses[kept.stableID] = record
        case "jira_workflow": self.workflows.append(record)
        case "jira_board": if let board = JiraRecords.board(record) { page.boards.append(board) }
        case "jira_sprint": if let sprint = JiraRecords.sprint(record) { page.sprints.append(sprint) }
        case "jira_user": page.add(JiraRecords.user(record))
        case "jira_project", "jira_issue_type", "jira_status": self.takeListed(kept, record, into: &page)
        case "jira_issue": self.issue(kept, record, into: &page)
        case "jira_changelog":
            guard let issue = kept.parent, let changelog = self.changelog(record, of: issue, into: &page) else { return true }
            self.histories[issue, default: []].append(changelog)
        case "jira_panel":
            // An issue whose newest record names no pull requests has an older panel's behind it.
            guard let issue = self.issues[kept.stableID], issue.namesPullRequests else { return true }
            let panel = DevelopmentPanel(record: record)
            page.links += panel.links(of: (kept.stableID, issue.key))
            if panel.isComplete { page.completePanels.append(kept.stableID) }
        default: return false
        }
        return true
    }

    private mutating func takeFields() {
        self.fields = self.listed
        if self.fields.storyPoints.isEmpty { self.fields.storyPoints = self.estimates }
        (self.fields.additional, self.fields.isWikiText) = (self.additional, self.isWikiText)
    }

    private mutating func takeListed(_ kept: KeptRecord, _ record: JSONValue, into page: inout IngestionPage) {
        switch kept.kind {
        case "jira_project":
            let project = page.taking(kept.kind, kept.stableID) { () throws(RecordProblem) in
                try JiraRecords.project(record, site: self.site)
            }
            guard let project else { return }
            self.known.projects = (self.known.projects ?? []).union([project.id])
            page.projects.append(project)
            page.add(JiraRecords.user(record["lead"]))
        case "jira_issue_type":
            let type = page.taking(kept.kind, kept.stableID) { () throws(RecordProblem) in try JiraRecords.type(record) }
            guard let type else { return }
            self.known.types = (self.known.types ?? []).union([type.id])
            page.workItemTypes.append(type)
        default:
            let status = page.taking(kept.kind, kept.stableID) { () throws(RecordProblem) in try JiraRecords.status(record) }
            guard let status else { return }
            self.known.statuses = (self.known.statuses ?? []).union([status.id])
            page.statuses.append(status)
        }
    }

    private mutating func issue(_ kept: KeptRecord, _ record: JSONValue, into page: inout IngestionPage) {
        let fields = self.fields
        let item = page.taking("jira_issue", record["key"].text ?? kept.stableID) { () throws(RecordProblem) in
            try JiraRecords.workItem(record, fields: fields, site: self.site)
        }
        guard let item else { return }
        page.workItems.append(item)
        self.known.learn(from: record["fields"], site: self.site, into: &page)
        let panel = DevelopmentPanel.namesPullRequests(record["fields"], fields)
        self.issues[item.id] = Issue(key: item.key, createdAt: item.createdAt, namesPullRequests: panel == true)
        if panel == false { page.completePanels.append(item.id) }
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

    mutating func end(_ page: inout IngestionPage) {
        self.deriveConfiguration(&page)
        // Histories that were fetched together are the whole of their issues.
        for (issue, changelogs) in self.histories.sorted(by: { $0.key < $1.key }) {
            guard let created = self.issues[issue]?.createdAt else {
                page.changelogs += changelogs
                continue
            }
            page.changelogs += JiraRecords.statusTimes(of: changelogs, createdAt: created, isComplete: true)
        }
        self.histories = [:]
    }

    /// The configuration tables follow from types and statuses where the page holds all of them.
    private mutating func deriveConfiguration(_ page: inout IngestionPage) {
        defer { (self.workflows, self.workflowStatuses) = ([], [:]) }
        guard let configuration = self.configuration, page.fetchedAt == configuration.readAt, !page.workItemTypes.isEmpty,
            configuration.types.isSubset(of: page.workItemTypes.map(\.id)),
            configuration.statuses.isSubset(of: page.statuses.map(\.id))
        else { return }
        let steps = self.workflows.flatMap { JiraRecords.steps(of: $0, statuses: self.workflowStatuses) }
        page.workflowSteps = steps
        page.derivesConfiguration = true
    }
}
