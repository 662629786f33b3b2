import Hummingbird

/// Counts requests by route.
struct CountingMiddleware: RouterMiddleware {
    typealias Context = SandboxContext

    let state: SandboxState

    @concurrent func handle(
        _ request: Request,
        context: SandboxContext,
        next: @concurrent (Request, SandboxContext) async throws -> Response
    ) async throws -> Response {
        state.countRequest("\(request.method) \(context.endpointPath ?? "(no such route)")")
        let response = try await next(request, context)
        if response.status == .ok, let page = response.headers.value("x-sandbox-page") { state.countPage(page) }
        return response
    }
}
