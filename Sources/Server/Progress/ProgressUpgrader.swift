import Logging
import NIOCore
import NIOHTTP1
import NIOWebSocket

/// The WebSocket handshake of one connection, with the reason where it is refused.
///
/// NIO's upgrader forgets why a handshake failed; this one keeps it, so that the client can be told.
final class ProgressUpgrader: NIOTypedHTTPServerProtocolUpgrader {
    typealias UpgradeResult = ProgressHTTPChannel.Negotiated

    /// What was decided; touched on the connection's event loop only.
    struct Decision {
        var refusal: Refusal?
        var admission: ProgressAdmission?
        /// The server began to stop meanwhile.
        var isQuiescing = false
    }

    struct Refusal: Sendable {
        var problem: Problem
        var head: HTTPRequestHead
        var started: ContinuousClock.Instant
    }

    let supportedProtocol = "websocket"
    let requiredUpgradeHeaders: [String] = []

    private let decision: NIOLoopBoundBox<Decision>
    private let upgrader: NIOTypedWebSocketServerUpgrader<UpgradeResult>

    init(gate: ProgressGate, limits: ProgressLimits, decision: NIOLoopBoundBox<Decision>, logger: Logger) {
        self.decision = decision
        self.upgrader = NIOTypedWebSocketServerUpgrader<UpgradeResult>(
            maxFrameSize: limits.messageBytes,
            // The connection answers malformed frames itself, and waits for the client to have read the answer.
            enableAutomaticErrorHandling: false,
            shouldUpgrade: { channel, head in
                let started = ContinuousClock.now
                let address = channel.remoteAddress
                return channel.eventLoop.makeFutureWithTask { () -> Result<ProgressAdmission, Problem> in
                    do {
                        return .success(try await gate.admit(head, from: address))
                    } catch {
                        let problem = Problem(error)
                        if problem.status.code >= 500 { logger.error("an upgrade failed", metadata: ["error": "\(error)"]) }
                        return .failure(problem)
                    }
                }.map { result in
                    switch result {
                    case .success(let admission):
                        channel.closeFuture.whenComplete { _ in gate.counts.leave(admission.principal.tenant) }
                        decision.value.admission = admission
                        return HTTPHeaders()
                    case .failure(let problem):
                        decision.value.refusal = Refusal(problem: problem, head: head, started: started)
                        return nil
                    }
                }
            },
            upgradePipelineHandler: { channel, head in
                channel.eventLoop.makeCompletedFuture {
                    guard let admission = decision.value.admission else { throw ChannelError.inappropriateOperationForState }
                    let (quiesced, quiescing) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
                    if decision.value.isQuiescing { quiescing.yield() }
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(QuiesceHandler(quiescing))
                    let (overfull, overfilling) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
                    let sender = ProgressSender(capacity: limits.waitingEvents, overfilling: overfilling)
                    try pipeline.addHandler(sender, position: .before(pipeline.handler(type: WebSocketFrameEncoder.self)))
                    try Self.bound(channel)
                    let socket = ProgressSocket(
                        sender: ProgressSender.Handle(sender, eventLoop: channel.eventLoop),
                        overfull: overfull,
                        quiesced: quiesced
                    )
                    let frames = try NIOAsyncChannel<WebSocketFrame, WebSocketFrame>(wrappingChannelSynchronously: channel)
                    return .webSocket(frames, admission, socket)
                }
            }
        )
    }

    /// Little is written ahead of what the client takes: a slow one is to get the newest, not what was new when it fell behind.
    private static func bound(_ channel: any Channel) throws {
        try channel.syncOptions?.setOption(.writeBufferWaterMark, value: ProgressSender.waterMark)
        #if os(Linux)
            try channel.syncOptions?.setOption(
                .tcpOption(ProgressSender.unsentOption),
                value: ProgressSender.unsentBytes
            )
        #endif
    }

    func buildUpgradeResponse(
        channel: any Channel,
        upgradeRequest: HTTPRequestHead,
        initialResponseHeaders: HTTPHeaders
    ) -> EventLoopFuture<HTTPHeaders> {
        let headers = upgradeRequest.headers
        guard headers["sec-websocket-version"] == ["13"], headers["sec-websocket-key"].count == 1,
            headers[canonicalForm: "connection"].contains(where: { $0.lowercased() == "upgrade" })
        else {
            self.decision.value.refusal = Refusal(problem: .upgradeRequired, head: upgradeRequest, started: .now)
            return channel.eventLoop.makeFailedFuture(NIOWebSocketUpgradeError.invalidUpgradeHeader)
        }
        return self.upgrader.buildUpgradeResponse(
            channel: channel,
            upgradeRequest: upgradeRequest,
            initialResponseHeaders: initialResponseHeaders
        )
    }

    func upgrade(channel: any Channel, upgradeRequest: HTTPRequestHead) -> EventLoopFuture<UpgradeResult> {
        self.upgrader.upgrade(channel: channel, upgradeRequest: upgradeRequest)
    }
}
