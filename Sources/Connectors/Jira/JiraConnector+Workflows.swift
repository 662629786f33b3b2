import PulseModel
import Store

extension JiraConnector {
    /// The steps of the site's workflows, as far as the account may see them: administrators only.
    func workflows(_ run: SyncRun, into page: inout IngestionPage, unit: String) async throws -> [WorkflowStep] {
        // Data Center lists workflows without their statuses.
        if self.isDataCenter { return [] }
        var workflows: [JSONValue] = []
        var statuses: [String: JSONValue] = [:]
        var start = 0
        var repeated = RepeatedPages()
        do {
            for _ in 0..<1_000 {
                let url = run.client.url("/rest/api/3/workflows/search", ["startAt": String(start), "maxResults": "50"])
                let answer = try await run.client.get(url, unit: unit)
                let records = try answer.list(unit: unit)
                try repeated.take(records, unit: unit)
                workflows += records
                for status in answer.json["statuses"].array ?? [] {
                    if let reference = status["statusReference"].identifier { statuses[reference] = status }
                }
                start += records.count
                if records.isEmpty || answer.json["isLast"].bool ?? answer.json["total"].int.map({ start >= $0 }) ?? true {
                    break
                }
            }
        } catch let error as ConnectorError where error.kind == .notFound || error.kind == .permission {
            run.note("the site's workflows are not read, for which Jira wants an administrator: \(error.message)")
            return []
        }
        for (reference, status) in statuses { page.keep("jira_workflow_status", reference, status) }
        var steps: [WorkflowStep] = []
        for workflow in workflows {
            page.keep("jira_workflow", workflow["id"].identifier ?? workflow["name"].text ?? "", workflow)
            steps += JiraRecords.steps(of: workflow, statuses: statuses)
        }
        return steps
    }
}

extension JiraRecords {
    /// A workflow's statuses in the order of their categories; Jira itself has no order.
    ///
    /// Work counts as promised from the first status in progress on.
    static func steps(of workflow: JSONValue, statuses: [String: JSONValue]) -> [WorkflowStep] {
        guard let name = workflow["name"].text else { return [] }
        let known = (workflow["statuses"].array ?? []).compactMap { reference -> (name: String, category: StatusCategory)? in
            guard let status = reference["statusReference"].identifier.flatMap({ statuses[$0] }), let name = status["name"].text
            else { return nil }
            return (name, StatusCategory(key: Self.category(status["statusCategory"])))
        }
        let ordered = StatusCategory.allCases.flatMap { category in known.filter { $0.category == category } }
        let commitment = ordered.firstIndex { $0.category == .inProgress }
        return ordered.enumerated().map { index, status in
            WorkflowStep(
                workflow: name,
                step: status.name,
                number: index + 1,
                category: status.category,
                isCommitmentPoint: index == commitment
            )
        }
    }
}
