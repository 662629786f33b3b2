/// Deployments, releases and the commits of a branch.
extension GitHubRoutes {
    func deployments(_ repository: GitHubWorld.Repository, _ call: GitHubCall) -> Reply {
        let environment = call.query["environment"]
        let sha = call.query["sha"]
        let wanted = repository.deployments.filter { deployment in
            (environment == nil || deployment["environment"]?.stringValue == environment)
                && (sha == nil || deployment["sha"]?.stringValue == sha)
        }
        return call.page(wanted) { deployment in
            // The list has no statuses.
            var shown = deployment
            shown["statuses"] = nil
            return shown
        }
    }

    func deploymentStatuses(_ repository: GitHubWorld.Repository, _ id: Int?, _ call: GitHubCall) -> Reply {
        guard let deployment = repository.deployments.first(where: { $0["id"]?.intValue == id }) else {
            return GitHubCall.notFound
        }
        return call.page(deployment["statuses"]?.arrayValue ?? [])
    }

    func commits(_ repository: GitHubWorld.Repository, _ call: GitHubCall) -> Reply {
        guard !repository.commits.isEmpty else { return GitHubCall.failure(409, "Git Repository is empty.") }
        let branch = repository.document.json()["default_branch"]?.stringValue ?? "main"
        if let asked = call.query["sha"], asked != branch { return GitHubCall.notFound }
        let since = call.query["since"].flatMap { Instant($0) }
        let wanted = since.map { since in repository.commits.filter { $0.committed >= since } } ?? repository.commits
        return call.page(wanted) { $0.document.json() }
    }
}
