import Foundation

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

    /// What the head of a pull request has and its base has not, oldest first, a page at a time and without end.
    ///
    /// - Parameter range: `base...head`.
    func compare(_ range: String, in repository: GitHubWorld.Repository, _ call: GitHubCall) -> Reply {
        let ends = range.components(separatedBy: "...")
        let pull = repository.pulls.first { $0.document.json()["head"]?["sha"]?.stringValue == ends.last }
        guard ends.count == 2, let pull else { return GitHubCall.notFound }
        let commits = pull.commits.json()
        var reply = call.page(commits)
        reply.json = [
            "status": "ahead", "ahead_by": .int(commits.count), "behind_by": 0, "total_commits": .int(commits.count),
            "commits": reply.json ?? [], "files": [],
        ]
        return reply
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
