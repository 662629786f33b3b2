import NIOCore
import NIOHTTP1

/// Ends connections on which no request arrives: after a while, and at once when the server stops.
///
/// Hummingbird's own handler does so from the first request on.
final class ArrivalHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    private let limit: Duration
    private let decision: NIOLoopBoundBox<ProgressUpgrader.Decision>
    private var hasArrived = false
    private var timer: Scheduled<Void>?

    init(limit: Duration, decision: NIOLoopBoundBox<ProgressUpgrader.Decision>) {
        self.limit = limit
        self.decision = decision
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let channel = context.channel
        self.timer = context.eventLoop.scheduleTask(in: TimeAmount(self.limit)) { channel.close(promise: nil) }
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.timer?.cancel() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.hasArrived = true
        self.timer?.cancel()
        context.fireChannelRead(data)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent {
            // An upgrade that is being decided on has no handler yet that would hear it.
            self.decision.value.isQuiescing = true
            if !self.hasArrived { context.close(promise: nil) }
        }
        context.fireUserInboundEventTriggered(event)
    }
}
