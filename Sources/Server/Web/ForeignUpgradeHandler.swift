import NIOCore
import NIOHTTP1

/// Ignores offers to speak another protocol than WebSocket (RFC 9110 §7.8), such as those of HTTP/2 clients.
///
/// The parser stops at any offer, and NIO's upgrade handler drops the request that made one which it does not know. The request is
/// therefore passed on without its offer, as the last of its connection.
final class ForeignUpgradeHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    /// What comes after a WebSocket's offer may be no HTTP any more.
    private var isPassing = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !self.isPassing, case .head(var head) = Self.unwrapInboundIn(data) else {
            context.fireChannelRead(data)
            return
        }
        let offers = head.headers[canonicalForm: "upgrade"].map { $0.lowercased() }
        if offers.contains("websocket") {
            self.isPassing = true
        } else if !offers.isEmpty {
            head.headers.remove(name: "upgrade")
            head.headers.replaceOrAdd(name: "connection", value: "close")
        }
        context.fireChannelRead(Self.wrapInboundOut(.head(head)))
    }
}
