import Foundation
import Hummingbird
import Logging
import Metrics
import NIOCore
import NIOHTTP1

/// The outermost layer: gives each request an id and its client's address, turns errors into problems, and writes one line into the log, without the query.
struct RequestMiddleware: RouterMiddleware {
    typealias Context = PulseContext

    let table: RouteTable
    let proxies: TrustedProxies

    @concurrent func handle(
        _ request: Request,
        context: PulseContext,
        next: @concurrent (Request, PulseContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        context.requestID = Self.requestID(request.headers.values("x-request-id").first)
        context.logger[metadataKey: "request_id"] = .string(context.requestID)
        context.address = self.proxies.client(
            behind: context.address,
            forwarded: request.headers.values("x-forwarded-for")
        )
        let started = ContinuousClock.now
        var response: Response
        do {
            response = try await next(request, context)
        } catch let error as HTTPParserError {
            throw error
        } catch let error as HTTPError where error.status == .notFound {
            let allowed = self.table.methods(at: request.uri.path)
            let problem: Problem =
                allowed.isEmpty
                ? .notFound("there is no such address", remedy: Problem.whereAddressesAre)
                : .methodNotAllowed(request.method.rawValue, allowed: allowed)
            response = problem.response
        } catch {
            response = Problem(error).response(logging: error, to: context.logger)
        }
        response = await Self.compressed(response, for: request)
        SecurityHeaders.add(to: &response.headers)
        response.headers.set("x-request-id", context.requestID)
        // After a request that asks for an upgrade nothing more of the connection is parsed.
        if !request.headers.values("upgrade").isEmpty { response.headers[.connection] = "close" }
        Self.measure(request, route: context.endpointPath, status: response.status.code, since: started)
        Self.log(
            method: request.method.rawValue,
            path: request.uri.path,
            status: response.status.code,
            since: started,
            logger: context.logger
        )
        return response
    }

    /// The labels are of closed sets: what a client made up is not among them.
    private static func measure(_ request: Request, route: String?, status: Int, since started: ContinuousClock.Instant) {
        let known = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
        let method = request.method.rawValue
        Metrics.Timer(
            label: "http_server_request_duration_seconds",
            dimensions: [
                ("method", known.contains(method) ? method : "other"),
                ("route", route.map { $0 == "NotFound" ? "none" : $0 } ?? "none"), ("status", String(status)),
            ]
        ).recordNanoseconds(Int64((ContinuousClock.now - started) / .nanoseconds(1)))
    }

    /// The answer in gzip, where the client takes it and it is worth it. Answers with secrets are short and stay as they are.
    private static func compressed(_ response: Response, for request: Request) async -> Response {
        guard let length = response.body.contentLength, length >= Gzip.shortest, length <= 8 << 20,
            response.headers[.contentEncoding] == nil
        else { return response }
        var response = response
        // The same address answers both ways: caches must know.
        response.headers[.vary] = "Accept-Encoding"
        guard Gzip.isAccepted(request.headers.values("accept-encoding")),
            let bytes = try? await response.body.collected(), let compressed = Gzip.compressed(bytes)
        else { return response }
        response.headers[.contentEncoding] = "gzip"
        response.body = ResponseBody(byteBuffer: ByteBuffer(bytes: compressed))
        return response
    }

    /// A client's own id is kept where it cannot disturb a log: up to 64 letters, digits, `-`, `_` and `.`.
    static func requestID(_ proposed: String?) -> String {
        if let proposed, (1...64).contains(proposed.utf8.count),
            proposed.utf8.allSatisfy({ byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                    true
                default: false
                }
            })
        {
            return proposed
        }
        return Self.randomID().uuidString.lowercased()
    }

    /// A random UUID (RFC 9562, version 4). Foundation's opens a file for each.
    private static func randomID() -> UUID {
        var bytes = (UInt64.random(in: 0 ... .max), UInt64.random(in: 0 ... .max))
        return withUnsafeMutableBytes(of: &bytes) { bytes in
            bytes[6] = bytes[6] & 0x0F | 0x40
            bytes[8] = bytes[8] & 0x3F | 0x80
            return UUID(uuid: bytes.load(as: uuid_t.self))
        }
    }

    static func log(method: String, path: String, status: Int, since started: ContinuousClock.Instant, logger: Logger) {
        let elapsed = (ContinuousClock.now - started) / Duration.milliseconds(1)
        logger.info(
            "\(method) \(path.prefix(200)) \(status)",
            metadata: ["milliseconds": "\((elapsed * 10).rounded() / 10)"]
        )
    }
}
