import PulseModel
import Store

extension JiraConnector {
    /// Adds the pull requests that Jira's development panel shows of an issue, where its development field says there are any.
    ///
    /// The panel's API is undocumented: a site that has none, or refuses, is noted once and not asked again in this sync.
    func developmentLinks(
        of item: WorkItem,
        _ fields: JSONValue,
        _ context: IssueContext,
        into page: inout IngestionPage,
        unit: String,
        _ run: SyncRun
    ) async throws {
        guard !context.hasNoDevelopmentPanel, context.fields.development.contains(where: { Self.namesPullRequests(fields[$0]) })
        else { return }
        let url = run.client.url(
            "/rest/dev-status/\(self.isDataCenter ? "1.0" : "latest")/issue/detail",
            ["issueId": item.id, "applicationType": self.isDataCenter ? "github" : "GitHub", "dataType": "pullrequest"]
        )
        let answer: SourceClient.Answer
        do {
            answer = try await run.client.get(url, unit: unit)
        } catch let error as ConnectorError where !error.isTransient && error.kind != .authentication {
            context.hasNoDevelopmentPanel = true
            run.note("links of the development panel are not read: \(error.message)")
            return
        }
        for pull in (answer.json["detail"].array ?? []).flatMap({ $0["pullRequests"].array ?? [] }) {
            // Without what follows a # in the URL, which would be read as a number's mark.
            guard let address = pull["url"].text, let reference = PullRequestReference(address.prefix { $0 != "#" && $0 != "?" })
            else { continue }
            let link = WorkItemLink(
                workItemID: item.id,
                workItemKey: item.key,
                repository: reference.repository,
                number: reference.number,
                origin: .developmentPanel,
                foundIn: "panel",
                branch: pull["source"]["branch"].text,
                status: pull["status"].text?.lowercased(),
                url: address
            )
            if !page.links.contains(where: { $0.stableID == link.stableID }) { page.links.append(link) }
        }
    }

    /// The field holds `{}` where there is nothing, else a text such as
    /// `{pullrequest={dataType=pullrequest, state=OPEN, stateCount=1}, json={…}}`, or such an object.
    static func namesPullRequests(_ value: JSONValue) -> Bool {
        switch value {
        case .string(let text): text.lowercased().contains("pullrequest")
        case .object: value.serialized.lowercased().contains("pullrequest")
        default: false
        }
    }
}
