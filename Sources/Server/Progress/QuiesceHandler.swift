import NIOCore
import NIOWebSocket

/// Tells a progress channel that the server begins to stop.
final class QuiesceHandler: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias InboundOut = WebSocketFrame

    private let quiescing: AsyncStream<Void>.Continuation

    init(_ quiescing: AsyncStream<Void>.Continuation) { self.quiescing = quiescing }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent { self.quiescing.yield() }
        context.fireUserInboundEventTriggered(event)
    }
}
