import Foundation
import Hummingbird

/// GitHub's GraphQL API, as far as a reader of pull requests needs it.
struct GraphRoutes: Sendable {
    let state: SandboxState
    let gate: GitHubGate

    func add(to router: Router<SandboxContext>) {
        router.group("github").post("graphql") { request, context in
            let body = try? await request.jsonBody()
            return gate.answer(request, resource: .graph, cost: 0) { call in answer(body, call, context) }
        }
    }

    private func answer(_ body: JSONValue?, _ call: GitHubCall, _ context: SandboxContext) -> Reply {
        guard let body, body.members != nil else { return GitHubCall.failure(400, "Problems parsing JSON") }
        guard let text = body["query"]?.stringValue else {
            return .json(["errors": [["message": "A query attribute must be specified and must be a string."]]])
        }
        let query: GraphQuery
        do {
            query = try GraphParser.parse(text)
        } catch {
            return .json(["errors": [["message": .string("Parse error: \(error.message)")]]])
        }
        var variables: [String: JSONValue] = [:]
        for member in body["variables"]?.members ?? [] { variables[member.key] = member.value }
        var check = GraphCheck(query, variables: variables)
        check.run()
        guard check.errors.isEmpty else { return .json(["errors": .array(check.errors)]) }
        guard gate.spend(check.cost, .graph, call) else {
            return .json([
                "errors": [["type": "RATE_LIMITED", "message": .string("API rate limit exceeded for user ID 1.")]]
            ])
        }
        let limit = state.read { $0.graphNodeLimit }
        if context.graphFault?.kind == .resourceLimits || limit.map({ check.nodes > $0 }) == true {
            return .json([
                "data": ["repository": nil],
                "errors": [
                    [
                        "type": "RESOURCE_LIMITS_EXCEEDED", "path": ["repository", "pullRequests", "nodes"],
                        "message": "Resource limits for this query exceeded.",
                    ]
                ],
            ])
        }
        let world = state.read { $0.gitHub }
        let rate = gate.budget(.graph, call)
        let state = state
        var executor = GraphExecutor(
            query,
            variables: variables,
            world: world,
            rateLimit: [
                "cost": .int(check.cost), "limit": .int(rate.limit), "remaining": .int(rate.remaining), "used": .int(rate.used),
                "nodeCount": .int(check.nodes),
                "resetAt": .string(Instant(milliseconds: rate.reset * 1000).gitHub),
            ]
        ) { repository, byCreation in
            state.order(
                "graph pulls \(repository.fullName) \(repository.revision) \(byCreation)",
                of: repository.pulls,
                key: { ((byCreation ? $0.created : $0.updated).milliseconds, $0.number) },
                by: <
            )
        }
        var data = executor.run()
        var errors = executor.errors
        var hasHole = false
        switch context.graphFault {
        case (.partial, _)?: Self.loseReviews(in: &data, &errors)
        case (.hole, let seed)?: hasHole = Self.lose(seed: seed, in: &data, &errors)
        default: break
        }
        var reply = Reply.json(errors.isEmpty ? ["data": data] : ["data": data, "errors": .array(errors)])
        // It is not the whole page.
        guard !hasHole else { return reply }
        // By where it begins, however long it is.
        let asked = variables.filter { $0.key != "first" }.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        reply.page = asked.joined(separator: " ") + " \(query.selections.count)"
        return reply
    }
}
