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
        return try await next(request, context)
    }
}
