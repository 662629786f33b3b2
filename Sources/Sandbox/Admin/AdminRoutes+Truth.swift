import Hummingbird

/// All that the sandbox holds, each object as the API shows it in full, whatever faults are in force: what a reader's tables are to be
/// compared with.
extension AdminRoutes {
    func addTruth(to group: RouterGroup<SandboxContext>) {
        group.get("truth/github") { _, _ in Reply.json(Self.truth(of: state.read { $0.gitHub })).response() }
        group.get("truth/jira") { _, _ in Reply.json(Self.truth(of: state.read { $0.jira })).response() }
    }

    /// `repositories`, and lists of `{repository, number, object}`: `pulls commits reviews review_comments issue_comments deployments
    /// releases branch_commits`. `repository` is the numeric id, `number` that of a pull request.
    private static func truth(of world: GitHubWorld) -> JSONValue {
        var lists: [String: [JSONValue]] = [:]
        for repository in world.repositories {
            let document = repository.document.json()
            lists["repositories", default: []].append(document)
            func add(_ name: String, _ objects: [JSONValue], of number: Int? = nil) {
                lists[name, default: []] += objects.map { object in
                    ["repository": document["id"] ?? .null, "number": number.map { .int($0) } ?? .null, "object": object]
                }
            }
            for pull in repository.pulls {
                add("pulls", [pull.document.json()], of: pull.number)
                add("commits", pull.commits.json(), of: pull.number)
                add("reviews", pull.reviews.json(), of: pull.number)
            }
            add("review_comments", repository.reviewComments.map { $0.document.json() })
            add("issue_comments", repository.issueComments.map { $0.document.json() })
            add("deployments", repository.deployments)
            add("releases", repository.releases)
            add("branch_commits", repository.commits.map { $0.document.json() })
        }
        return .object(lists.sorted { $0.key < $1.key }.map { JSONMember(key: $0.key, value: .array($0.value)) })
    }

    /// `projects issue_types statuses issues`, and `histories`, each with the id of its `issue`.
    private static func truth(of world: JiraWorld) -> JSONValue {
        let histories = world.issues.flatMap { issue in
            (issue.histories.json() + issue.laterHistories).map { history in
                var history = history
                history["issue"] = .string(String(issue.id))
                return history
            }
        }
        return [
            "projects": .array(world.projects.map { $0.json() }), "issue_types": .array(world.issueTypes.map { $0.json() }),
            "statuses": .array(world.statuses.map { $0.json() }), "issues": .array(world.issues.map { $0.document.json() }),
            "histories": .array(histories),
        ]
    }
}
