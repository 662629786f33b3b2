import Foundation
import PulseModel
import Store

extension JiraConnector {
    /// Adds the pull requests that Jira's development panel shows of issues, where their development field says there are any; a link
    /// that the panel shows no more goes.
    ///
    /// The panel's API is undocumented: a site that has none, or refuses whatever it is asked, is noted once and not asked again in this
    /// sync. An issue that alone is refused is left out.
    func developmentLinks(
        of issues: [(item: WorkItem, record: JSONValue)],
        _ context: IssueContext,
        into page: inout IngestionPage,
        unit: String,
        _ run: SyncRun
    ) async throws {
        guard !context.hasNoDevelopmentPanel else { return }
        var wanted: [(item: WorkItem, applications: DevelopmentPanel.Applications)] = []
        for (item, record) in issues {
            switch DevelopmentPanel.namesPullRequests(record["fields"], context.fields) {
            case true?:
                let isDataCenter = self.isDataCenter
                wanted.append(
                    (item, DevelopmentPanel.applications(record["fields"], context.fields, isDataCenter: isDataCenter))
                )
            case false?: page.completePanels.append(item.id)
            case nil: continue
            }
        }
        let client = run.client
        let answers = try await concurrently(wanted, atOnce: Self.projectsAtOnce) { item, applications in
            try await self.panel(of: item.id, applications, client, unit: unit)
        }
        var refusals: [(key: String, error: ConnectorError)] = []
        for ((item, _), answer) in zip(wanted, answers) {
            switch answer {
            case .success(let panel):
                page.links += panel.links(of: (item.id, item.key))
                page.keep("jira_panel", item.id, panel.record)
                if panel.isComplete { page.completePanels.append(item.id) }
                context.hasDevelopmentPanel = true
            case .failure(let error):
                refusals.append((item.key, error))
            }
        }
        guard let (key, error) = refusals.first else { return }
        if !context.hasDevelopmentPanel, refusals.count > 1 {
            context.hasNoDevelopmentPanel = true
            run.note("links of the development panel are not read: \(error.message)")
        } else {
            let others = refusals.count > 1 ? " and \(refusals.count - 1) more" : ""
            run.note("links of the development panel are not read of \(key)\(others): \(error.message)")
        }
    }

    /// Asks each application that may show something.
    ///
    /// - Returns: a failure where the first that was asked has refused.
    private func panel(
        of issue: String,
        _ applications: DevelopmentPanel.Applications,
        _ client: SourceClient,
        unit: String
    ) async throws -> Result<DevelopmentPanel, ConnectorError> {
        var panel = DevelopmentPanel()
        for (index, application) in applications.names.enumerated() {
            if !applications.areNamed, !panel.links(of: (issue, "")).isEmpty {
                panel.isComplete = false
                break
            }
            let url = client.url(
                "/rest/dev-status/\(self.isDataCenter ? "1.0" : "latest")/issue/detail",
                ["issueId": issue, "applicationType": application, "dataType": "pullrequest"]
            )
            do {
                let answer = try await client.get(url, unit: unit).json
                panel.detail += answer["detail"].array ?? []
                // An application that could not be reached shows nothing and says why.
                if answer["errors"].array?.isEmpty == false { panel.isComplete = false }
            } catch let error as ConnectorError where !error.isTransient && error.kind != .authentication {
                if index == 0 { return .failure(error) }
                panel.isComplete = false
            }
        }
        return .success(panel)
    }
}
