import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Keeps the promise of an answer's `Connection: close`: Hummingbird closes only where the request asked for it.
///
/// The output is closed first and the rest a moment later, so that a client that is still sending can read the answer.
final class LastAnswerHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private static let grace = TimeAmount.seconds(2)

    private var isLast = false

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch Self.unwrapOutboundIn(data) {
        case .head(let head):
            self.isLast = head.headerFields[.connection]?.lowercased() == "close"
            context.write(data, promise: promise)
        case .body:
            context.write(data, promise: promise)
        case .end where self.isLast:
            context.writeAndFlush(data, promise: promise)
            context.close(mode: .output, promise: nil)
            let channel = context.channel
            context.eventLoop.scheduleTask(in: Self.grace) { channel.close(promise: nil) }
        case .end:
            context.write(data, promise: promise)
        }
    }
}
