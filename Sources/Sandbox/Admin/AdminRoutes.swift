import Hummingbird

/// Ways to look into the sandbox and to change it from outside.
struct AdminRoutes: Sendable {
    let state: SandboxState

    func add(to router: Router<SandboxContext>) {
        let group = router.group("sandbox")
        group.get("status") { _, _ in status() }
        addTruth(to: group)
        group.post("issues/{key}") { request, context in
            let key = try context.parameters.require("key")
            return await Self.answer(request) { body throws(SandboxError) in try state.patchIssue(key, with: body) }
        }
        group.delete("issues/{key}") { request, context in
            let key = try context.parameters.require("key")
            return await Self.answer(request) { _ throws(SandboxError) in try state.removeIssue(key) }
        }
        group.post("issues/{key}/move") { request, context in
            let key = try context.parameters.require("key")
            return await Self.answer(request) { body throws(SandboxError) in
                _ = try state.relocateIssue(key, to: body["project"]?.stringValue ?? "")
            }
        }
        group.post("jira/limits") { request, _ in
            await Self.answer(request) { body throws(SandboxError) in
                state.limitJira(
                    pointsPerHour: body["points_per_hour"]?.intValue,
                    requestsPerSecond: body["requests_per_second"]?.intValue
                )
            }
        }
        group.post("jira/churn") { request, _ in
            await Self.answer(request) { body throws(SandboxError) in
                state.churnJira(
                    probability: body["probability"]?.doubleValue ?? 1,
                    count: body["count"]?.intValue,
                    seed: UInt64(max(0, body["seed"]?.intValue ?? 1))
                )
            }
        }
        group.post("jira/expire-tokens") { request, _ in
            await Self.answer(request) { _ throws(SandboxError) in state.expireJiraTokens() }
        }
        group.post("pulls/{owner}/{name}/{number}") { request, context in
            let (name, number) = try Self.pull(context)
            return await Self.answer(request) { body throws(SandboxError) in try state.patchPull(name, number, with: body) }
        }
        group.delete("pulls/{owner}/{name}/{number}") { request, context in
            let (name, number) = try Self.pull(context)
            return await Self.answer(request) { _ throws(SandboxError) in try state.removePull(name, number) }
        }
        group.post("repositories/{owner}/{name}") { request, context in
            let name = try context.parameters.require("owner") + "/" + context.parameters.require("name")
            return await Self.answer(request) { body throws(SandboxError) in
                guard let new = body["full_name"]?.stringValue else { throw SandboxError("Give the new full_name.") }
                do {
                    try state.renameRepository(name, to: new)
                } catch {
                    throw (error as? SandboxError) ?? SandboxError("\(error)")
                }
            }
        }
        group.delete("comments/{owner}/{name}/{kind}/{id}") { request, context in
            let name = try context.parameters.require("owner") + "/" + context.parameters.require("name")
            let kind = try context.parameters.require("kind")
            let id = try context.parameters.require("id", as: Int.self)
            return await Self.answer(request) { _ throws(SandboxError) in
                do {
                    try state.deleteComment(name, kind, id)
                } catch {
                    throw (error as? SandboxError) ?? SandboxError("\(error)")
                }
            }
        }
        group.post("webhooks") { request, _ in
            await Self.answer(request) { body throws(SandboxError) in
                guard let url = body["url"]?.stringValue, let secret = body["secret"]?.stringValue else {
                    throw SandboxError("A webhook has a url and a secret.")
                }
                guard let source = Webhook.Source(rawValue: body["source"]?.stringValue ?? "github") else {
                    throw SandboxError("A webhook's source is github or jira.")
                }
                state.add(Webhook(source: source, url: url, secret: secret))
            }
        }
        group.post("webhooks/repeat") { request, _ in
            await Self.answer(request) { _ throws(SandboxError) in state.repeatDeliveries() }
        }
        group.get("webhooks/deliveries") { _, _ in
            let sent = state.sentDeliveries.map { delivery -> JSONValue in
                [
                    "id": .string(delivery.id), "source": .string(delivery.source.rawValue), "event": .string(delivery.event),
                    "answers": .array(delivery.answers.map { .int($0) }),
                ]
            }
            return Reply.json(.array(sent)).response()
        }
        group.post("faults") { request, _ in
            await Self.answer(request) { body throws(SandboxError) in state.inject(try Fault(json: body)) }
        }
        group.delete("faults") { _, _ in
            state.clearFaults()
            return Reply.empty(204).response()
        }
    }

    private func status() -> Response {
        let (requests, total, faults, points, unchanged) = state.read {
            ($0.requests, $0.requestTotal, $0.faults.count, $0.graphPoints, $0.unchangedAnswers)
        }
        let pages = state.read { $0.pages }.sorted { $0.key < $1.key }.map { JSONMember(key: $0.key, value: .int($0.value)) }
        let sorted = requests.sorted { $0.key < $1.key }.map { JSONMember(key: $0.key, value: .int($0.value)) }
        return Reply.json([
            "counts": state.counts.json, "requests": .object(sorted), "request_total": .int(total), "faults": .int(faults),
            "graph_points": .int(points), "unchanged": .int(unchanged),
            "pages": .object(pages),
        ]).response()
    }

    private static func pull(_ context: SandboxContext) throws -> (String, Int) {
        let name = try context.parameters.require("owner") + "/" + context.parameters.require("name")
        return (name, try context.parameters.require("number", as: Int.self))
    }

    /// 204 where the change was made, 404 or 400 with a `message` where not.
    private static func answer(
        _ request: Request,
        _ change: (JSONValue) throws(SandboxError) -> Void
    ) async -> Response {
        do {
            let body = try await request.jsonBody()
            try change(body)
            return Reply.empty(204).response()
        } catch {
            let message = (error as? SandboxError)?.description ?? "The body could not be read."
            let status = message.contains(" has no issue ") || message.contains(" has no pull request ") ? 404 : 400
            return Reply.json(["message": .string(message)], status: status).response()
        }
    }
}
