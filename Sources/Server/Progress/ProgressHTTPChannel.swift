import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import NIOWebSocket

/// HTTP/1.1 as Hummingbird speaks it, where the first request of a connection may turn it into a progress channel.
struct ProgressHTTPChannel: HTTPChannelHandler {
    typealias HTTPParts = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>
    typealias Frames = NIOAsyncChannel<WebSocketFrame, WebSocketFrame>

    enum Negotiated: Sendable {
        case http(HTTPParts)
        case refused(HTTPParts, ProgressUpgrader.Refusal)
        case webSocket(Frames, ProgressAdmission, ProgressSocket)
    }

    struct Value: ServerChildChannelValue {
        let negotiated: EventLoopFuture<Negotiated>
        let channel: any Channel
    }

    let responder: HTTPChannelHandler.Responder
    let gate: ProgressGate
    let hub: ProgressHub
    let access: AccessWatch
    let limits: ProgressLimits
    let idleTimeout: Duration

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            let decision = NIOLoopBoundBox(ProgressUpgrader.Decision(), eventLoop: channel.eventLoop)
            let upgrader = ProgressUpgrader(gate: self.gate, limits: self.limits, decision: decision, logger: logger)
            let idleTimeout = self.idleTimeout
            var configuration = NIOUpgradableHTTPServerPipelineConfiguration(
                upgradeConfiguration: NIOTypedHTTPServerUpgradeConfiguration(
                    upgraders: [upgrader],
                    notUpgradingCompletionHandler: { channel in
                        channel.eventLoop.makeCompletedFuture {
                            let pipeline = channel.pipeline.syncOperations
                            try pipeline.addHandler(HTTP1ToHTTPServerCodec(secure: false))
                            try pipeline.addHandler(LastAnswerHandler())
                            try pipeline.addHandler(HTTPConnectionStateHandler(idleTimeout: idleTimeout, logger: logger))
                            let parts = try HTTPParts(
                                wrappingChannelSynchronously: channel,
                                configuration: .init(isOutboundHalfClosureEnabled: true)
                            )
                            return decision.value.refusal.map { .refused(parts, $0) } ?? .http(parts)
                        }
                    }
                )
            )
            // Hummingbird takes care of these.
            configuration.enablePipelining = false
            configuration.enableErrorHandling = false
            configuration.enableResponseHeaderValidation = false
            let negotiated = try channel.pipeline.syncOperations.configureUpgradableHTTPServerPipeline(
                configuration: configuration
            )
            let upgrading = try channel.pipeline.syncOperations.handler(type: NIOTypedHTTPServerUpgradeHandler<Negotiated>.self)
            try channel.pipeline.syncOperations.addHandlers(
                [ArrivalHandler(limit: idleTimeout, decision: decision), ForeignUpgradeHandler()],
                position: .before(upgrading)
            )
            return Value(negotiated: negotiated, channel: channel)
        }
    }

    func handle(value: Value, logger: Logger) async {
        do {
            switch try await value.negotiated.get() {
            case .http(let parts):
                await self.handleHTTP(asyncChannel: parts, logger: logger)
            case .refused(let parts, let refusal):
                try await Self.answer(refusal, on: parts, logger: logger)
            case .webSocket(let frames, let admission, let socket):
                logger.info(
                    "GET \(ProgressGate.path)\(admission.channel.rawValue) 101",
                    metadata: ["tenant": "\(admission.principal.tenantName)"]
                )
                try await frames.executeThenClose { inbound, outbound in
                    await ProgressConnection(
                        channel: value.channel,
                        hub: self.hub,
                        admission: admission,
                        access: self.access,
                        limits: self.limits,
                        socket: socket,
                        logger: logger
                    ).run(inbound, outbound)
                }
            }
        } catch {
            logger.debug("a connection ended", metadata: ["error": "\(error)"])
        }
    }

    /// A refused upgrade is answered here: the parser has stopped at the upgrade, and the router would wait for ever.
    private static func answer(_ refusal: ProgressUpgrader.Refusal, on parts: HTTPParts, logger: Logger) async throws {
        let body = refusal.problem.body
        var fields = refusal.problem.headerFields
        let requestID = RequestMiddleware.requestID(refusal.head.headers["x-request-id"].first)
        SecurityHeaders.add(to: &fields)
        fields.set("x-request-id", requestID)
        fields[.contentLength] = String(body.count)
        fields[.connection] = "close"
        var logger = logger
        logger[metadataKey: "request_id"] = .string(requestID)
        RequestMiddleware.log(
            method: refusal.head.method.rawValue,
            path: String(refusal.head.uri.prefix { $0 != "?" }),
            status: refusal.problem.status.code,
            since: refusal.started,
            logger: logger
        )
        let answer = fields
        try await parts.executeThenClose { _, outbound in
            try await outbound.write(.head(HTTPResponse(status: refusal.problem.status, headerFields: answer)))
            try await outbound.write(.body(ByteBuffer(bytes: body)))
            try await outbound.write(.end(nil))
        }
    }
}
