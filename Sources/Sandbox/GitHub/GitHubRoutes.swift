import Foundation
import Hummingbird

/// GitHub's REST API, as far as a reader of pull requests needs it.
struct GitHubRoutes: Sendable {
    static let prefix = "github"

    let state: SandboxState
    let gate: GitHubGate

    func add(to router: Router<SandboxContext>) {
        let group = router.group("github")
        group.get("user") { request, _ in answer(request) { _ in .json(state.read { $0.gitHub.viewer }) } }
        group.get("rate_limit") { request, _ in answer(request, cost: 0) { call in rateLimit(call) } }
        addApp(to: group)
        group.get("orgs/{owner}/repos") { request, context in
            let owner = try context.parameters.require("owner")
            return answer(request) { call in repositories(of: owner, organization: true, call) }
        }
        group.get("organizations/{id}/repos") { request, context in
            let id = try context.parameters.require("id", as: Int.self)
            let owner = state.read { content in content.gitHub.organizations.first { $0.value == id }?.key } ?? ""
            return answer(request) { call in repositories(of: owner, organization: true, call) }
        }
        group.get("users/{owner}/repos") { request, context in
            let owner = try context.parameters.require("owner")
            return answer(request) { call in repositories(of: owner, organization: false, call) }
        }
        group.get("user/repos") { request, _ in
            answer(request) { call in call.page(state.ownRepositories) { $0.json() } }
        }
        group.get("repos/{owner}/{name}") { request, context in
            answer(request) { call in inRepository(context, call) { .json($0.document.json()) } }
        }
        group.get("repos/{owner}/{name}/pulls") { request, context in
            answer(request) { call in inRepository(context, call) { pulls($0, call) } }
        }
        group.get("repos/{owner}/{name}/pulls/comments") { request, context in
            answer(request) { call in inRepository(context, call) { comments($0.reviewComments, "review", $0, call) } }
        }
        group.get("repos/{owner}/{name}/issues/comments") { request, context in
            answer(request) { call in inRepository(context, call) { comments($0.issueComments, "issue", $0, call) } }
        }
        group.get("repos/{owner}/{name}/deployments") { request, context in
            answer(request) { call in inRepository(context, call) { deployments($0, call) } }
        }
        group.get("repos/{owner}/{name}/deployments/{id}/statuses") { request, context in
            let id = context.parameters.get("id", as: Int.self)
            return answer(request) { call in inRepository(context, call) { deploymentStatuses($0, id, call) } }
        }
        group.get("repos/{owner}/{name}/releases") { request, context in
            answer(request) { call in inRepository(context, call) { call.page($0.releases) } }
        }
        group.get("repos/{owner}/{name}/releases/{id}") { request, context in
            let id = context.parameters.get("id", as: Int.self)
            return answer(request) { call in
                inRepository(context, call) { repository in
                    repository.releases.first { $0["id"]?.intValue == id }.map { .json($0) } ?? GitHubCall.notFound
                }
            }
        }
        group.get("repos/{owner}/{name}/commits") { request, context in
            answer(request) { call in inRepository(context, call) { commits($0, call) } }
        }
        group.get("repos/{owner}/{name}/compare/{range}") { request, context in
            let range = context.parameters.get("range") ?? ""
            return answer(request) { call in inRepository(context, call) { compare(range, in: $0, call) } }
        }
        for kind in ["pulls", "issues"] {
            group.get("repos/{owner}/{name}/\(kind)/comments/{id}") { request, context in
                let id = context.parameters.get("id", as: Int.self)
                return answer(request) { call in
                    inRepository(context, call) { repository in
                        let comments = kind == "pulls" ? repository.reviewComments : repository.issueComments
                        return comments.first { $0.id == id }.map { .json($0.document.json()) } ?? GitHubCall.notFound
                    }
                }
            }
        }
        group.get("repositories/{id}") { request, context in
            let id = context.parameters.get("id", as: Int.self)
            return answer(request) { _ in
                let documents = state.read { $0.gitHub.repositories.map(\.document) }
                return documents.map { $0.json() }.first { $0["id"]?.intValue == id }.map { .json($0) } ?? GitHubCall.notFound
            }
        }
        group.get("repos/{owner}/{name}/pulls/{number}") { request, context in
            answer(request) { call in inPull(context, call) { .json(pull($0, inList: false, call)) } }
        }
        group.get("repos/{owner}/{name}/pulls/{number}/commits") { request, context in
            // The real API ends after 250 commits.
            answer(request) { call in
                inPull(context, call) { call.page(Array($0.commits.json().prefix(250))) }
            }
        }
        group.get("repos/{owner}/{name}/pulls/{number}/reviews") { request, context in
            answer(request) { call in inPull(context, call) { call.page($0.reviews.json()) } }
        }
        group.get("repos/{owner}/{name}/pulls/{number}/comments") { request, context in
            answer(request) { call in
                inRepository(context, call) { repository in
                    let number = context.parameters.get("number", as: Int.self)
                    return comments(repository.reviewComments.filter { $0.number == number }, nil, repository, call)
                }
            }
        }
        group.get("repos/{owner}/{name}/issues/{number}/comments") { request, context in
            answer(request) { call in
                inRepository(context, call) { repository in
                    let number = context.parameters.get("number", as: Int.self)
                    return comments(repository.issueComments.filter { $0.number == number }, nil, repository, call)
                }
            }
        }
    }

    // MARK: - Lists

    private func repositories(of owner: String, organization: Bool, _ call: GitHubCall) -> Reply {
        let found: (repositories: [GitHubWorld.Repository], id: Int?) = state.read { content in
            (
                content.gitHub.repositories.filter { $0.owner.lowercased() == owner.lowercased() },
                content.gitHub.organizations.first { $0.key.lowercased() == owner.lowercased() }?.value
            )
        }
        guard !found.repositories.isEmpty, !organization || found.id != nil else { return GitHubCall.notFound }
        // The real API's links for an organization name it by number: whoever builds page URLs by hand goes astray.
        let path = organization ? found.id.map { "/organizations/\($0)/repos" } : nil
        // Of a user, whoever asks sees the public ones.
        return call.page(found.repositories.filter { organization || !$0.isPrivate }, linkPath: path) { $0.document.json() }
    }

    private func pulls(_ repository: GitHubWorld.Repository, _ call: GitHubCall) -> Reply {
        let wanted = call.query["state"] ?? "open"
        let byUpdate = call.query["sort"] == "updated"
        let descending = (call.query["direction"] ?? (call.query["sort"] == nil ? "desc" : "asc")) == "desc"
        let precedes: (GitHubWorld.Pull, GitHubWorld.Pull) -> Bool = { left, right in
            let keys = byUpdate ? (left.updated, right.updated) : (left.created, right.created)
            let ascends = keys.0 == keys.1 ? left.number < right.number : keys.0 < keys.1
            return ascends != descending
        }
        let name = "pulls \(repository.fullName) \(repository.revision) \(byUpdate) \(descending)"
        let order = state.order(name, of: repository.pulls, key: { $0 }, by: precedes)
        let pulls = order.map { repository.pulls[$0] }
            .filter { wanted == "all" || $0.isOpen == (wanted == "open") }
        return call.page(pulls) { pull($0, inList: true, call) }
    }

    private func pull(_ pull: GitHubWorld.Pull, inList: Bool, _ call: GitHubCall) -> JSONValue {
        let (detailOnly, versioned) = state.read { ($0.gitHub.detailOnlyKeys, $0.gitHub.versionedKeys) }
        var dropped = inList ? detailOnly : []
        if call.version >= "2026-03-10" { dropped.formUnion(versioned) }
        let json = pull.document.json()
        guard !dropped.isEmpty, let members = json.members else { return json }
        return .object(members.filter { !dropped.contains($0.key) })
    }

    /// - Parameter cache: names the list for the cache of orders; nil for a list that is not worth it.
    private func comments(
        _ comments: [GitHubWorld.Comment],
        _ cache: String?,
        _ repository: GitHubWorld.Repository,
        _ call: GitHubCall
    ) -> Reply {
        let sort = call.query["sort"]
        let descending = sort != nil && call.query["direction"] == "desc"
        let since = call.query["since"].flatMap { Instant($0) }
        let precedes: (GitHubWorld.Comment, GitHubWorld.Comment) -> Bool = { left, right in
            let keys =
                switch sort {
                case "updated": (left.updated.milliseconds, right.updated.milliseconds)
                case "created": (left.created.milliseconds, right.created.milliseconds)
                default: (Int64(left.id), Int64(right.id))
                }
            let ascends = keys.0 == keys.1 ? left.id < right.id : keys.0 < keys.1
            return ascends != descending
        }
        guard let cache else {
            let wanted = comments.filter { comment in since.map { comment.updated >= $0 } ?? true }
            return call.page(wanted.sorted(by: precedes)) { $0.document.json() }
        }
        let name = "\(cache) comments \(repository.fullName) \(repository.revision) \(sort ?? "") \(descending)"
        var ordered = state.order(name, of: comments, key: { $0 }, by: precedes)
        if let since {
            if sort == "updated", !descending {
                ordered = Array(ordered[ordered.partitioningIndex { comments[$0].updated >= since }...])
            } else {
                ordered = ordered.filter { comments[$0].updated >= since }
            }
        }
        return call.page(ordered) { comments[$0].document.json() }
    }

    private func answer(_ request: Request, cost: Int = 1, _ make: (GitHubCall) -> Reply) -> Response {
        gate.answer(request, cost: cost, make)
    }

    private func rateLimit(_ call: GitHubCall) -> Reply {
        func shown(_ resource: GitHubGate.Resource) -> JSONValue {
            _ = gate.spend(0, resource, call)
            let rate = gate.budget(resource, call)
            return [
                "limit": .int(rate.limit), "used": .int(rate.used), "remaining": .int(rate.remaining),
                "reset": .int64(rate.reset),
            ]
        }
        let core = shown(.core)
        let resources: JSONValue = ["core": core, "graphql": shown(.graph)]
        return .json(call.version >= "2026-03-10" ? ["resources": resources] : ["resources": resources, "rate": core])
    }

    // MARK: - Ways to an object

    private func inRepository(
        _ context: SandboxContext,
        _ call: GitHubCall,
        _ body: (GitHubWorld.Repository) -> Reply
    ) -> Reply {
        let name = (context.parameters.get("owner") ?? "") + "/" + (context.parameters.get("name") ?? "")
        let found: (repository: GitHubWorld.Repository?, moved: String?) = state.read { content in
            (
                content.gitHub.repositories.first { $0.fullName.lowercased() == name.lowercased() },
                content.gitHub.renamed[name.lowercased()]
            )
        }
        if let repository = found.repository { return body(repository) }
        guard let moved = found.moved else { return GitHubCall.notFound }
        return call.moved(from: name, to: moved)
    }

    private func inPull(_ context: SandboxContext, _ call: GitHubCall, _ body: (GitHubWorld.Pull) -> Reply) -> Reply {
        inRepository(context, call) { repository in
            guard let number = context.parameters.get("number", as: Int.self),
                let pull = repository.pulls.first(where: { $0.number == number })
            else { return GitHubCall.notFound }
            return body(pull)
        }
    }
}
