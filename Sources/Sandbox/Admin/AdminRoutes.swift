import Hummingbird

/// Ways to look into the sandbox and to change it from outside.
struct AdminRoutes: Sendable {
    let state: SandboxState

    func add(to router: Router<SandboxContext>) {
        let group = router.group("sandbox")
        group.get("status") { _, _ in status() }
        group.post("issues/{key}") { request, context in
            let key = try context.parameters.require("key")
            return await Self.answer(request) { body throws(SandboxError) in try state.patchIssue(key, with: body) }
        }
        group.delete("issues/{key}") { request, context in
            let key = try context.parameters.require("key")
            return await Self.answer(request) { _ throws(SandboxError) in try state.removeIssue(key) }
        }
        group.post("pulls/{owner}/{name}/{number}") { request, context in
            let (name, number) = try Self.pull(context)
            return await Self.answer(request) { body throws(SandboxError) in try state.patchPull(name, number, with: body) }
        }
        group.delete("pulls/{owner}/{name}/{number}") { request, context in
            let (name, number) = try Self.pull(context)
            return await Self.answer(request) { _ throws(SandboxError) in try state.removePull(name, number) }
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
        let (requests, total, faults) = state.read { ($0.requests, $0.requestTotal, $0.faults.count) }
        let sorted = requests.sorted { $0.key < $1.key }.map { JSONMember(key: $0.key, value: .int($0.value)) }
        return Reply.json([
            "counts": state.counts.json, "requests": .object(sorted), "request_total": .int(total), "faults": .int(faults),
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
