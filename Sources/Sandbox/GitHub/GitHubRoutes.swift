import Foundation
import Hummingbird

/// GitHub's REST API, as far as a reader of pull requests needs it.
struct GitHubRoutes: Sendable {
    static let prefix = "github"

    let state: SandboxState
    let requiredToken: String?

    func add(to router: Router<SandboxContext>) {
        let group = router.group("github")
        group.get("user") { request, _ in answer(request) { _ in .json(state.read { $0.gitHub.viewer }) } }
        group.get("rate_limit") { request, _ in answer(request, cost: 0) { _ in rateLimit() } }
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
        let found: (repositories: [Document], id: Int?) = state.read { content in
            (
                content.gitHub.repositories.filter { $0.owner.lowercased() == owner.lowercased() }.map(\.document),
                content.gitHub.organizations.first { $0.key.lowercased() == owner.lowercased() }?.value
            )
        }
        guard !found.repositories.isEmpty, !organization || found.id != nil else { return GitHubCall.notFound }
        // The real API's links for an organization name it by number: whoever builds page URLs by hand goes astray.
        let path = organization ? found.id.map { "/organizations/\($0)/repos" } : nil
        return call.page(found.repositories, linkPath: path) { $0.json() }
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
        let ordered: [GitHubWorld.Comment]
        if let cache {
            let name = "\(cache) comments \(repository.fullName) \(repository.revision) \(sort ?? "") \(descending)"
            ordered = state.order(name, of: comments, key: { $0 }, by: precedes).map { comments[$0] }
        } else {
            ordered = comments.sorted(by: precedes)
        }
        let wanted = since.map { since in ordered.filter { $0.updated >= since } } ?? ordered
        return call.page(wanted) { $0.document.json() }
    }

    private func rateLimit() -> Reply {
        let rate = state.read { content in
            _ = content.rate.spend(0, nowSeconds: Self.now)
            return content.rate
        }
        let core: JSONValue = [
            "limit": .int(rate.limit), "used": .int(rate.used), "remaining": .int(rate.remaining), "reset": .int64(rate.reset),
        ]
        return .json(["resources": ["core": core], "rate": core])
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

    // MARK: - The gate

    private static var now: Int64 { Int64(Date().timeIntervalSince1970) }

    /// What every answer passes: User-Agent, token, rate budget, entity tag.
    private func answer(_ request: Request, cost: Int = 1, _ make: (GitHubCall) -> Reply) -> Response {
        let headers = request.headers
        guard headers.value("user-agent")?.isEmpty == false else {
            return GitHubCall.failure(403, "Request forbidden by administrative rules. Send a User-Agent header.").response()
        }
        if let requiredToken {
            let credentials = headers.value("authorization") ?? ""
            guard credentials == "Bearer " + requiredToken || credentials == "token " + requiredToken else {
                return GitHubCall.failure(401, credentials.isEmpty ? "Requires authentication" : "Bad credentials").response()
            }
        }
        let passes = state.read { $0.rate.spend(cost, nowSeconds: Self.now) }
        var reply = passes ? make(GitHubCall(request)) : GitHubCall.failure(403, "API rate limit exceeded for the sandbox.")
        var bytes = reply.json?.serialized()
        if reply.status == 200, let body = bytes {
            let tag = "W/\"" + Self.fingerprint(body) + "\""
            reply.headers.append(("etag", tag))
            let offered = (headers.value("if-none-match") ?? "").split(separator: ",").map { $0.filter { $0 != " " } }
            if offered.contains(tag) || offered.contains(String(tag.dropFirst(2))) {
                // Nothing new costs nothing.
                state.read { $0.rate.giveBack(cost) }
                reply.status = 304
                bytes = nil
            }
        }
        let rate = state.read { $0.rate }
        reply.headers += [
            ("x-ratelimit-limit", String(rate.limit)), ("x-ratelimit-remaining", String(rate.remaining)),
            ("x-ratelimit-used", String(rate.used)), ("x-ratelimit-reset", String(rate.reset)),
            ("x-ratelimit-resource", "core"), ("x-github-media-type", "github.v3; format=json"),
        ]
        return reply.response(bytes: bytes)
    }

    /// FNV-1a, 64 bits.
    private static func fingerprint(_ bytes: [UInt8]) -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return String(hash, radix: 16)
    }
}
