import HTTPTransport
import Metrics

/// A transport to Qdrant that tells how long its requests take and how they end.
struct MeasuredTransport: HTTPTransport {
    let transport: any HTTPTransport

    func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        let started = ContinuousClock.now
        var outcome = "failed"
        defer {
            Metrics.Timer(
                label: "pulse_qdrant_request_duration_seconds",
                dimensions: [("operation", Self.operation(request)), ("outcome", outcome)]
            ).recordNanoseconds(Int64((ContinuousClock.now - started) / .nanoseconds(1)))
        }
        let response = try await self.transport.send(request)
        outcome =
            response.isSuccess ? "ok" : response.status == 429 ? "rate_limited" : response.status < 500 ? "refused" : "failed"
        return response
    }

    /// What is done with points or collections, without anybody's name: `points/query`.
    private static func operation(_ request: HTTPRequest) -> String {
        var operation = request.method.rawValue.lowercased() + " "
        var isFirst = true
        for part in request.url.utf8.prefix(while: { $0 != UInt8(ascii: "?") }).split(separator: UInt8(ascii: "/")).dropFirst(2) {
            guard let word = Self.words.first(where: { $0.utf8.elementsEqual(part) }) else { continue }
            if !isFirst { operation += "/" }
            operation += word
            isFirst = false
        }
        return isFirst ? operation + "other" : operation
    }

    private static let words = [
        "points", "query", "batch", "collections", "delete", "scroll", "count", "facet", "index", "aliases", "payload",
    ]
}
