import Hummingbird
import Synchronization

/// Lets the faults in force strike.
struct FaultMiddleware: RouterMiddleware {
    typealias Context = SandboxContext

    /// Thrown in the middle of a body: the server answers it by closing the connection.
    private struct Cut: Error {}

    let state: SandboxState

    @concurrent func handle(
        _ request: Request,
        context: SandboxContext,
        next: @concurrent (Request, SandboxContext) async throws -> Response
    ) async throws -> Response {
        guard !request.uri.path.hasPrefix("/sandbox"), let fault = state.strike(path: request.uri.path) else {
            return try await next(request, context)
        }
        switch fault.kind {
        case .status(let status, let retryAfter):
            var reply = Reply.json(["message": .string("The sandbox was asked to answer \(status).")], status: status)
            if let retryAfter { reply.headers = [("retry-after", String(retryAfter))] }
            return reply.response()
        case .reset:
            context.cutConnection()
            return Reply.empty(500).response()
        case .slow(let delay):
            try await Task.sleep(for: delay)
            return try await next(request, context)
        case .truncated:
            return try await Self.truncated(try await next(request, context))
        case .secondaryLimit(let retryAfter):
            let message: JSONValue = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
            let isGraph = request.uri.path.hasSuffix("/graphql")
            var reply =
                isGraph
                ? Reply.json(["data": nil, "errors": [["message": message]]]) : Reply.json(["message": message], status: 403)
            if let retryAfter { reply.headers = [("retry-after", String(retryAfter))] }
            return reply.response()
        case .partial, .hole, .resourceLimits:
            var context = context
            context.graphFault = fault
            return try await next(request, context)
        case .churn:
            state.churn()
            return try await next(request, context)
        }
    }

    private static func truncated(_ response: Response) async throws -> Response {
        guard let length = response.body.contentLength, length > 1 else { return response }
        let collected = Collected()
        try await response.body.write(Collector(into: collected))
        let half = collected.bytes.withLock { Array($0.prefix(length / 2)) }
        var response = response
        // It is not the whole page.
        if let name = HTTPFields.Element.Name("x-sandbox-page") { response.headers[name] = nil }
        response.body = ResponseBody(contentLength: length) { writer in
            try await writer.write(ByteBuffer(bytes: half))
            throw Cut()
        }
        return response
    }

    private final class Collected: Sendable {
        let bytes = Mutex<[UInt8]>([])
    }

    /// Keeps a body instead of sending it.
    private struct Collector: ResponseBodyWriter {
        let into: Collected

        @concurrent mutating func write(_ buffer: ByteBuffer) async throws {
            into.bytes.withLock { $0 += buffer.readableBytesView }
        }

        @concurrent consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
    }
}
