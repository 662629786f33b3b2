import NIOCore

/// Writes what the hub hands out straight into the socket: no task and no copy for each client.
///
/// It stands between the socket and the encoder of frames, for its own are encoded already. As long as the client does not take
/// what was sent, the rest waits in the outbox, where newer progress replaces older.
final class ProgressSender: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Written, not yet taken by the kernel: more than a message or two, so that none is stale when a slow client asks for it.
    static let waterMark = ChannelOptions.Types.WriteBufferWaterMark(low: 4 << 10, high: 16 << 10)
    /// Bytes that the kernel keeps unsent for a client; without it a stalled reader would come back to megabytes of old news.
    static let unsentBytes = 16 << 10
    /// TCP_NOTSENT_LOWAT of Linux (tcp(7)).
    static let unsentOption = NIOBSDSocket.Option(rawValue: 25)

    private var outbox: ProgressOutbox
    private var context: ChannelHandlerContext?
    private let overfilling: AsyncStream<Void>.Continuation

    /// - Parameter overfilling: gets an element when the client has fallen too far behind.
    init(capacity: Int, overfilling: AsyncStream<Void>.Continuation) {
        self.outbox = ProgressOutbox(capacity: capacity)
        self.overfilling = overfilling
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func receive(_ deliveries: [ProgressDelivery]) {
        for delivery in deliveries { self.outbox.add(delivery) }
        if self.outbox.isOverfull {
            self.overfilling.yield()
        } else {
            self.send()
        }
    }

    /// Nothing follows any more: the closing handshake begins.
    func stop() { self.context = nil }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { self.send() }
        context.fireChannelWritabilityChanged()
    }

    private func send() {
        guard let context = self.context else { return }
        var hasWritten = false
        while context.channel.isWritable, let frame = self.outbox.take() {
            context.write(self.wrapOutboundOut(frame.bytes), promise: nil)
            hasWritten = true
        }
        if hasWritten { context.flush() }
    }
}

extension ProgressSender {
    /// The sender as the hub and the connection hold it.
    struct Handle: ProgressReader {
        let eventLoop: any EventLoop
        private let sender: NIOLoopBound<ProgressSender>

        /// Must be made on the channel's event loop.
        init(_ sender: ProgressSender, eventLoop: any EventLoop) {
            self.eventLoop = eventLoop
            self.sender = NIOLoopBound(sender, eventLoop: eventLoop)
        }

        func receive(_ deliveries: [ProgressDelivery]) { self.sender.value.receive(deliveries) }

        /// Called on the event loop.
        func stop() { self.sender.value.stop() }
    }
}
