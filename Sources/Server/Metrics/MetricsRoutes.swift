import Crypto
import Foundation
import Hummingbird
import NIOCore
import Store

/// `GET /metrics`, for Prometheus: what this process has measured, and what the database holds for all.
///
/// The figures are of all tenants together, so no tenant's key reads them: an administrator of the installation does, or whoever has
/// the token that the installation has set for it.
struct MetricsRoutes: RouteSet {
    let registry: PrometheusRegistry
    let figures: @Sendable () async throws -> [ServiceFigure]
    let authenticator: Authenticator
    let token: String?

    var routes: [Route] {
        [
            Route(
                .get,
                "/metrics",
                id: "metrics",
                access: .anyone,
                tag: .service,
                summary: "What is measured, for Prometheus",
                details: """
                    Needs `Authorization: Bearer` with PULSE_METRICS_TOKEN, or a key of an administrator of the installation: the figures \
                    are of all tenants together.
                    """,
                answers: [.other("text/plain", "Prometheus' text format, version 0.0.4.")],
                problems: [
                    .other(.unauthorized, "There is no token or key."),
                    .other(.forbidden, "The key belongs to a tenant."),
                    .other(.tooManyRequests, "The address has presented too many keys that are nobody's."),
                    .other(.serviceUnavailable, "The key cannot be looked up, as the database is away."),
                ]
            ) { call in
                try await self.admit(call.request, from: call.context.address)
                var text = self.registry.exposition()
                do {
                    text += Self.text(of: try await self.figures()) + "# TYPE pulse_database_up gauge\npulse_database_up 1\n"
                } catch {
                    // The process's own figures are worth having without the database's.
                    call.logger.warning("the database's figures are missing", metadata: ["error": "\(error)"])
                    text += "# TYPE pulse_database_up gauge\npulse_database_up 0\n"
                }
                var fields = HTTPFields()
                fields[.contentType] = "text/plain; version=0.0.4; charset=utf-8"
                return Response(status: .ok, headers: fields, body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
            }
        ]
    }

    private func admit(_ request: Request, from address: SocketAddress?) async throws {
        let authorization = request.headers.values("authorization")
        if let token = self.token, authorization.count == 1 {
            // Compared by digest, which tells nothing by its time.
            let given = SHA256.hash(data: Data(authorization[0].utf8))
            if given == SHA256.hash(data: Data("Bearer \(token)".utf8)) { return }
        }
        let presented = PresentedKey(authorization: authorization, apiKey: request.headers.values("x-api-key"))
        guard case .installation = try await self.authenticator.caller(presented, from: address) else {
            throw Problem.wrongKind(needed: .installation)
        }
    }

    private static func text(of figures: [ServiceFigure]) -> String {
        var text = ""
        for (name, lines) in Dictionary(grouping: figures, by: \.name).sorted(by: { $0.key < $1.key }) {
            text += "# TYPE pulse_\(name) gauge\n"
            for line in lines {
                let labels = PrometheusText.labels(line.labels)
                text += "pulse_\(name)\(labels.isEmpty ? "" : "{\(labels)}") \(PrometheusText.number(line.value))\n"
            }
        }
        return text
    }
}
