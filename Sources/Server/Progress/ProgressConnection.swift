import Logging
import NIOCore
import NIOWebSocket
import PulseModel
import Store
import Synchronization

/// One open progress channel: has the hub write to it, answers pings, and ends as RFC 6455 asks.
struct ProgressConnection: Sendable {
    typealias Inbound = NIOAsyncChannelInboundStream<WebSocketFrame>
    typealias Outbound = NIOAsyncChannelOutboundWriter<WebSocketFrame>

    private struct Life {
        var isEnding = false
        var unansweredPings = 0
    }

    let channel: any Channel
    let hub: ProgressHub
    let admission: ProgressAdmission
    let access: AccessWatch
    let limits: ProgressLimits
    let sender: ProgressSender.Handle
    /// An element when too many messages wait for the client.
    let overfull: AsyncStream<Void>
    /// An element when the server begins to stop.
    let quiesced: AsyncStream<Void>
    let logger: Logger
    private let life: LifeBox

    private final class LifeBox: Sendable {
        let state = Mutex(Life())
    }

    init(
        channel: any Channel,
        hub: ProgressHub,
        admission: ProgressAdmission,
        access: AccessWatch,
        limits: ProgressLimits,
        socket: ProgressSocket,
        logger: Logger
    ) {
        self.channel = channel
        self.hub = hub
        self.admission = admission
        self.access = access
        self.limits = limits
        self.sender = socket.sender
        self.overfull = socket.overfull
        self.quiesced = socket.quiesced
        self.logger = logger
        self.life = LifeBox()
    }

    /// Returns when the channel is to be closed.
    func run(_ inbound: Inbound, _ outbound: Outbound) async {
        let membership: ProgressHub.Membership
        do {
            membership = try await self.hub.join(
                tenant: self.admission.principal.tenant,
                channel: self.admission.channel,
                reader: self.sender
            )
        } catch {
            self.logger.error("a progress channel could not be opened", metadata: ["error": "\(error)"])
            self.end(.unexpectedServerError, "the messages cannot be read now; try again")
            await self.awaitEnd(inbound)
            return
        }
        await withDiscardingTaskGroup { group in
            group.addTask { await self.ping() }
            group.addTask { await self.watchAccess() }
            group.addTask {
                for await _ in self.overfull {
                    self.end(.unknown(1013), "too many messages wait; try again later")
                }
            }
            group.addTask {
                for await _ in self.quiesced { self.end(.goingAway, "the server stops") }
            }
            await self.receive(inbound, outbound)
            group.cancelAll()
        }
        await self.hub.leave(membership)
    }

    // MARK: The tasks

    private func ping() async {
        while !Task.isCancelled {
            do { try await Task.sleep(for: self.limits.pingInterval) } catch { return }
            let unanswered = self.life.state.withLock { life in
                life.unansweredPings += 1
                return life.unansweredPings - 1
            }
            guard unanswered < self.limits.unansweredPings else {
                self.end(.policyViolation, "pings stay unanswered")
                return
            }
            guard !self.isEnding else { return }
            // Few enough to be kept in memory where the client reads slowly.
            self.channel.writeAndFlush(WebSocketFrame(fin: true, opcode: .ping, data: ByteBuffer()), promise: nil)
        }
    }

    /// Ends the channel when what opened it opens none any more.
    private func watchAccess() async {
        let principal = self.admission.principal
        while !self.isEnding {
            let rest = principal.until.map { Duration.seconds(max(0, $0.timeIntervalSinceNow)) }
            let pause = min(self.limits.accessInterval, rest ?? self.limits.accessInterval)
            do { try await Task.sleep(for: pause) } catch { return }
            guard await self.access.isInForce(principal) else {
                self.end(.policyViolation, "the key or token is no longer in force; open the channel with another")
                return
            }
        }
    }

    private func receive(_ inbound: Inbound, _ outbound: Outbound) async {
        var frames = InboundFrames(limits: self.limits)
        do {
            for try await frame in inbound {
                if self.isEnding {
                    // After a close frame of ours only the client's matters.
                    if frame.opcode == .connectionClose { return }
                    continue
                }
                switch frames.receive(frame, at: .now) {
                case .ignore: break
                case .alive: self.life.state.withLock { $0.unansweredPings = 0 }
                case .pong(let data): try await outbound.write(WebSocketFrame(fin: true, opcode: .pong, data: data))
                case .refuse(let code, let reason): self.end(code, reason)
                case .closedByClient(let code):
                    self.end(code, "")
                    return
                }
            }
        } catch let error as NIOWebSocketError {
            switch error {
            case .invalidFrameLength: self.end(.messageTooLarge, "a frame has at most \(self.limits.messageBytes) bytes")
            case .fragmentedControlFrame, .multiByteControlFrameLength: self.end(.protocolError, "a malformed control frame")
            }
            // What follows cannot be read as frames. It is still taken from the socket until the client closes: closing before
            // would reset the connection, and the close frame could be lost.
            self.channel.close(mode: .output, promise: nil)
            try? await self.channel.closeFuture.get()
        } catch {
            self.logger.debug("a progress channel broke", metadata: ["error": "\(error)"])
        }
    }

    // MARK: The end

    private var isEnding: Bool { self.life.state.withLock { $0.isEnding } }

    /// Sends the close frame, once, and cuts the channel if the client does not answer.
    ///
    /// - Parameter code: nil for a close frame without one.
    private func end(_ code: WebSocketErrorCode?, _ reason: String) {
        let isFirst = self.life.state.withLock { life in
            defer { life.isEnding = true }
            return !life.isEnding
        }
        guard isFirst else { return }
        self.channel.eventLoop.scheduleTask(in: TimeAmount(self.limits.closeGrace)) { [channel] in
            channel.close(promise: nil)
        }
        var data = ByteBuffer()
        if let code {
            data.write(webSocketErrorCode: code)
            data.writeString(reason)
        }
        let frame = WebSocketFrame(fin: true, opcode: .connectionClose, data: data)
        self.channel.eventLoop.execute { [sender, channel] in
            // Nothing may follow the close frame.
            sender.stop()
            channel.writeAndFlush(frame, promise: nil)
        }
    }

    private func awaitEnd(_ inbound: Inbound) async {
        do {
            for try await frame in inbound where frame.opcode == .connectionClose { return }
        } catch {
            self.logger.debug("a progress channel broke", metadata: ["error": "\(error)"])
        }
    }
}
