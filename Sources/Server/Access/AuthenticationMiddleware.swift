import Hummingbird
import Logging

/// Lets only requests with a valid API key pass.
struct AuthenticationMiddleware: RouterMiddleware {
    typealias Context = PulseContext

    let authenticator: Authenticator

    @concurrent func handle(
        _ request: Request,
        context: PulseContext,
        next: @concurrent (Request, PulseContext) async throws -> Response
    ) async throws -> Response {
        let presented = PresentedKey(
            authorization: request.headers.values("authorization"),
            apiKey: request.headers.values("x-api-key")
        )
        var context = context
        let principal = try await self.authenticator.principal(presented)
        context.principal = principal
        context.logger[metadataKey: "tenant"] = .string(principal.tenantName)
        return try await next(request, context)
    }
}
