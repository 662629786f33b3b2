import PulseModel
import Store

extension JiraConnector {
    /// Adds the pull requests that Jira's development panel shows of issues, where their development field says there are any.
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
        let wanted = issues.filter { issue in
            context.fields.development.contains { Self.namesPullRequests(issue.record["fields"][$0]) }
        }.map(\.item)
        let client = run.client
        let answers = try await concurrently(wanted, atOnce: Self.projectsAtOnce) { item -> Result<JSONValue, ConnectorError> in
            do {
                return .success(try await client.get(self.panel(of: item.id, client), unit: unit).json)
            } catch let error as ConnectorError where !error.isTransient && error.kind != .authentication {
                return .failure(error)
            }
        }
        var known = Set(page.links.map(\.stableID))
        var refusals: [(key: String, error: ConnectorError)] = []
        for (item, answer) in zip(wanted, answers) {
            switch answer {
            case .success(let panel):
                page.links += self.links(of: item, panel).filter { known.insert($0.stableID).inserted }
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

    private func panel(of issue: String, _ client: SourceClient) -> SourceURL {
        client.url(
            "/rest/dev-status/\(self.isDataCenter ? "1.0" : "latest")/issue/detail",
            ["issueId": issue, "applicationType": self.isDataCenter ? "github" : "GitHub", "dataType": "pullrequest"]
        )
    }

    private func links(of item: WorkItem, _ panel: JSONValue) -> [WorkItemLink] {
        (panel["detail"].array ?? []).flatMap { $0["pullRequests"].array ?? [] }.compactMap { pull in
            // Without what follows a # in the URL, which would be read as a number's mark.
            guard let address = pull["url"].text, let reference = PullRequestReference(address.prefix { $0 != "#" && $0 != "?" })
            else { return nil }
            return WorkItemLink(
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
