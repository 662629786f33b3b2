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
        let path = request.url.split(separator: "?")[0].split(separator: "/").dropFirst(2)
        let words = [
            "collections", "points", "query", "scroll", "count", "delete", "batch", "facet", "index", "aliases", "payload",
        ]
        let known = path.filter { words.contains(String($0)) }.map(String.init)
        return request.method.rawValue.lowercased() + " " + (known.isEmpty ? "other" : known.joined(separator: "/"))
    }
}
