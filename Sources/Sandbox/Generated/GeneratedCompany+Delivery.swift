/// What is made of merged pull requests: commits of the main branch, deployments, releases.
extension GeneratedCompany {
    /// Newest first, as GitHub lists them.
    func mainCommits(of repository: String) -> [GitHubWorld.BranchCommit] {
        merged(repository).map { plan in
            GitHubWorld.BranchCommit(committed: plan.updated, document: Document { mainCommit(plan) })
        }
    }

    /// Merged pull requests, the newest merge first.
    private func merged(_ repository: String) -> [PullPlan] {
        pulls.filter { $0.repository == repository && $0.state == .merged }.sorted {
            ($0.updated.milliseconds, $0.number) > ($1.updated.milliseconds, $1.number)
        }
    }

    private func mainCommit(_ plan: PullPlan) -> JSONValue {
        let sha = mergeSHA(plan)
        let person = reviewer(of: plan)
        return [
            "sha": .string(sha), "node_id": .string("C_kwDM\(sha.prefix(12))"),
            "commit": [
                "author": person.signature(at: plan.updated), "committer": person.signature(at: plan.updated),
                "message": .string("Merge pull request #\(plan.number) from \(branch(of: plan))\n\n\(pullTitle(plan))"),
                "comment_count": 0,
            ],
            "html_url": .string("https://github.example/\(plan.repository)/commit/\(sha)"), "author": person.user,
            "committer": person.user, "parents": [["sha": .string(String(sha.reversed()))]],
        ]
    }

    /// Every third merge goes to staging and then to production; some fail there and are mended by the next.
    func deployments(of repository: String) -> [JSONValue] {
        merged(repository).reversed().enumerated().filter { $0.offset % 3 == 2 }.flatMap { _, plan -> [JSONValue] in
            let fails = plan.index % 7 == 3
            return [
                deployment(plan, "staging", after: 600, outcome: "success"),
                deployment(plan, "production", after: 3_600, outcome: fails ? "failure" : "success"),
            ]
        }.reversed()
    }

    private func deployment(_ plan: PullPlan, _ environment: String, after delay: Int64, outcome: String) -> JSONValue {
        // GitHub's have outgrown 32 bits.
        let id = 3_000_000_000 + plan.index * 2 + (environment == "production" ? 1 : 0)
        let begin = plan.updated.adding(seconds: delay)
        let end = begin.adding(seconds: Int64(120 + plan.index % 400))
        let base = "https://api.github.example/repos/\(plan.repository)/deployments/\(id)"
        // Newest first.
        let statuses = [(outcome, end), ("in_progress", begin.adding(seconds: 20)), ("queued", begin)].enumerated().map {
            number,
            status -> JSONValue in
            [
                "id": .int(id * 4 + number), "state": .string(status.0), "created_at": .string(status.1.gitHub),
                "updated_at": .string(status.1.gitHub), "environment": .string(environment), "deployment_url": .string(base),
                "creator": Person.bot.user,
            ]
        }
        return [
            "url": .string(base), "id": .int(id), "node_id": .string("DE_kwDO\(id)"), "sha": .string(mergeSHA(plan)),
            "ref": "main",
            "task": "deploy", "environment": .string(environment), "original_environment": .string(environment),
            "description": nil, "creator": Person.bot.user, "created_at": .string(begin.gitHub),
            "updated_at": .string(end.gitHub),
            "statuses_url": .string(base + "/statuses"), "transient_environment": false,
            "production_environment": .bool(environment == "production"), "statuses": .array(statuses),
        ]
    }

    /// One for every ten merges.
    func releases(of repository: String) -> [JSONValue] {
        let merges = Array(merged(repository).reversed())
        return stride(from: 9, to: merges.count, by: 10).map { place -> JSONValue in
            let plan = merges[place]
            let id = 200_000_000 + plan.index
            let tag = "v1.\(place / 10).0"
            let published = plan.updated.adding(seconds: 7_200)
            return [
                "url": .string("https://api.github.example/repos/\(repository)/releases/\(id)"),
                "html_url": .string("https://github.example/\(repository)/releases/tag/\(tag)"), "id": .int(id),
                "node_id": .string("RE_kwDO\(id)"), "tag_name": .string(tag), "target_commitish": "main", "name": .string(tag),
                "body": .string("Brings \(pullTitle(plan))."), "draft": false, "prerelease": .bool(place % 20 == 19),
                "created_at": .string(plan.updated.gitHub), "published_at": .string(published.gitHub),
                "author": reviewer(of: plan).user, "assets": [],
            ]
        }.reversed()
    }
}
